package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Small programs, one rule each: transfers and refinements of numbers whose result is an index, and
 * the rules of those who may not see addresses. {@code cases.txt} has the programs and the kernel's
 * verdicts. Maps: 0 a hash, 1 an array of one value of 64 bytes, 2 a ring, 3 one of user space.
 * Kfuncs: 0 to 2 an iterator over numbers, 3 to 5 one over bits, 6 bpf_dynptr_size.
 *
 * <p>{@code -Dsonde.record=true} asks the running kernel anew; look at what changed.
 */
class VerdictCasesTest {
  private static final Path FILE = Path.of("src/test/resources/kernel/cases.txt");
  private static final String CASE = "== ";
  private static final String ACCEPTED = "accepted";

  private static final List<BpfMap> MAPS =
      List.of(
          Maps.create(MapSpec.of("hash", MapType.HASH, 8, 64, 4)),
          Maps.create(MapSpec.of("value", MapType.ARRAY, 4, 64, 1)),
          Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096)),
          Maps.create(MapSpec.of("user", MapType.USER_RINGBUF, 0, 0, 4096)),
          Maps.create(MapSpec.of("sockets", MapType.SOCKMAP, 4, 4, 4)));

  private static final List<String> KFUNCS =
      List.of(
          "bpf_iter_num_new",
          "bpf_iter_num_next",
          "bpf_iter_num_destroy",
          "bpf_iter_bits_new",
          "bpf_iter_bits_next",
          "bpf_iter_bits_destroy",
          "bpf_dynptr_size");

  /** One program; the verdict is {@code accepted} or the kernel's message. */
  record Case(String name, ProgramType type, boolean strict, String verdict, List<String> code) {
    String head(String newVerdict) {
      String typeName = type.name().toLowerCase(Locale.ROOT);
      return CASE + name + " " + typeName + (strict ? " strict " : " plain ") + newVerdict;
    }
  }

  static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (String line : Files.readAllLines(FILE)) {
      if (line.startsWith(CASE)) {
        String[] words = line.substring(CASE.length()).split(" ", 4);
        ProgramType type = ProgramType.valueOf(words[1].toUpperCase(Locale.ROOT));
        cases.add(new Case(words[0], type, words[2].equals("strict"), words[3], new ArrayList<>()));
      } else if (!line.startsWith("#")) {
        cases.get(cases.size() - 1).code().add(line);
      }
    }
    return cases;
  }

  @Test
  void eachProgramGetsTheKernelsVerdict() throws IOException {
    if (Boolean.getBoolean("sonde.record")) {
      record();
    }
    List<String> differences = new ArrayList<>();
    List<Case> cases = cases();
    for (Case each : cases) {
      String ours = ours(each);
      if (!ours.equals(each.verdict())) {
        differences.add(each.head(each.verdict()) + ": ours " + ours);
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(cases.size() > 100, "cases: " + cases.size());
  }

  private static void record() throws IOException {
    List<String> lines = new ArrayList<>();
    Files.readAllLines(FILE).stream().filter(line -> line.startsWith("#")).forEach(lines::add);
    try (KernelOracle kernel = new KernelOracle()) {
      assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
      for (Case each : cases()) {
        ResolvedProgram program = program(each);
        List<Insn> insns = program.insns();
        KernelOracle.@Nullable Verdict verdict =
            each.strict() ? kernel.askStrictly(program, insns) : kernel.ask(program, insns);
        assertTrue(verdict != null, each.name());
        lines.add(each.head(verdict.accepted() ? ACCEPTED : verdict.message()));
        lines.addAll(each.code());
      }
    }
    Files.write(FILE, lines);
  }

  private static String ours(Case each) {
    try {
      Verifier.verify(program(each), new VerifierOptions(1, each.strict(), 100_000));
      return ACCEPTED;
    } catch (VerificationException e) {
      return KernelOracle.reason(e.log());
    }
  }

  static ResolvedProgram program(Case each) {
    List<Insn> insns = Assembler.assemble(String.join("\n", each.code()));
    ProgramSpec bare = ProgramSpec.of(each.name(), each.type(), insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            List.of("hash", "value", "ring", "user", "sockets"),
            KFUNCS,
            "GPL",
            List.of(),
            List.of(),
            null);
    List<HelperProto> kfuncs =
        KFUNCS.stream().map(name -> Objects.requireNonNull(Kfuncs.byName(name))).toList();
    return new ResolvedProgram(spec, MAPS, kfuncs);
  }
}
