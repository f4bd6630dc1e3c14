package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Our verdicts beside the running kernel's, on mutants of real programs. What we accept and the
 * kernel does not must be explained in {@code triage.txt}: a part of the kernel's message, then why
 * it is safe here.
 */
class KernelVerdictTest {
  private static final Path TOOLS = Path.of("src/test/resources/tools");
  private static final Path CONSTRUCTS = Path.of("src/test/resources/constructs");
  private static final Path TRIAGE = Path.of("src/test/resources/kernel/triage.txt");
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final int MUTANTS = Integer.getInteger("sonde.mutants", 50_000);
  private static final String SHIFT_PAIR = ", behind a pair of shifts by 32";
  private static final int STRICT_SHARE = 25; // of the mutants, one so many
  private static final int DUE = 200; // verdicts before the shares mean something

  private final Map<String, Integer> weAccept = new TreeMap<>();
  private final Map<String, Integer> weReject = new TreeMap<>();
  private final Map<String, String> examples = new TreeMap<>();
  private boolean strict;
  private int asked;
  private int accepted;
  private int sameMessage;
  private int bothReject;

  @Test
  void mutantsOfRealProgramsGetTheKernelsVerdict() throws IOException {
    compare(objects(), MUTANTS);
  }

  /**
   * Tracing programs are not for those who may not see addresses: only programs on packets are
   * asked about.
   */
  @Test
  void mutantsGetTheKernelsVerdictInStrictModeToo() throws IOException {
    strict = true;
    compare(packets().toList(), MUTANTS / STRICT_SHARE);
  }

  private void compare(List<Path> objects, int mutants) throws IOException {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    System.out.println("KernelVerdictTest: seed " + seed + (strict ? ", strict" : ""));
    Random random = new Random(seed);
    try (KernelOracle kernel = new KernelOracle()) {
      assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
      while (asked < mutants) {
        Path object = objects.get(random.nextInt(objects.size()));
        compareAll(object, random);
      }
    }
    report();
    List<String> untriaged =
        weAccept.keySet().stream().filter(message -> !isTriaged(message)).toList();
    assertEquals(List.of(), untriaged, () -> "we accept, kernel rejects; seed " + seed);
    int missed = weReject.values().stream().mapToInt(Integer::intValue).sum();
    assertTrue(
        missed <= Math.max(asked, DUE) / 200,
        () -> "we reject %d of %d that the kernel accepts: %s".formatted(missed, asked, weReject));
  }

  /** Returns the objects whose programs are mutated, in a fixed order. */
  static List<Path> objects() throws IOException {
    try (Stream<Path> tools = Files.list(TOOLS)) {
      return Stream.concat(tools.filter(f -> f.toString().endsWith(".o")), packets())
          .sorted()
          .toList();
    }
  }

  private static Stream<Path> packets() throws IOException {
    try (Stream<Path> constructs = Files.list(CONSTRUCTS)) {
      return constructs
          .filter(f -> f.toString().matches(".*packets\\..*\\.o"))
          .sorted()
          .toList()
          .stream();
    }
  }

  private void compareAll(Path object, Random random) throws IOException {
    Mutator mutator = new Mutator(random);
    try (PinnedMaps pinned = new PinnedMaps();
        KernelOracle own = new KernelOracle();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(object), Map.of(), pinned, Kfuncs::byName)) {
      for (ResolvedProgram program : collection.programs()) {
        for (int i = 0; i < 40; i++) {
          List<Insn> insns = program.insns();
          compare(own, program, i % 4 == 0 ? mutator.weaken(insns) : mutator.mutate(insns), object);
        }
      }
    }
  }

  private void compare(
      KernelOracle kernel, ResolvedProgram program, List<Insn> insns, Path object) {
    if (FunctionBtf.isNeeded(insns) && !LONG) {
      return; // the kernel often gives up on mutated callbacks: only the long form asks
    }
    KernelOracle.Verdict verdict =
        strict ? kernel.askStrictly(program, insns) : kernel.ask(program, insns);
    if (verdict == null) {
      return;
    }
    asked++;
    String ours = "";
    try {
      Verifier.verify(with(program, insns), new VerifierOptions(1, strict, 1_000_000));
    } catch (VerificationException e) {
      ours = KernelOracle.reason(e.log());
    } catch (RuntimeException e) {
      throw new AssertionError(object + " " + hex(insns), e);
    }
    count(
        verdict,
        ours,
        hasShiftPair(insns),
        object + " " + program.spec().name() + " " + hex(insns));
  }

  private void count(KernelOracle.Verdict verdict, String ours, boolean pairs, String where) {
    if (verdict.accepted() && ours.isEmpty()) {
      accepted++;
    } else if (ours.isEmpty()) {
      note(weAccept, messageClass(verdict.message()) + (pairs ? SHIFT_PAIR : ""), where);
    } else if (verdict.accepted()) {
      note(weReject, messageClass(ours), where);
    } else {
      bothReject++;
      boolean same = messageClass(ours).equals(messageClass(verdict.message()));
      sameMessage += same ? 1 : 0;
      if (!same) {
        examples.put("kernel: " + messageClass(verdict.message()) + " | ours", ours);
      }
    }
  }

  /** Tells whether some upper half is cleared by two shifts, whose links the kernel forgets. */
  private static boolean hasShiftPair(List<Insn> insns) {
    for (int i = 1; i < insns.size(); i++) {
      Insn left = insns.get(i - 1);
      Insn right = insns.get(i);
      if (left.opcode() == (Opcodes.ALU64 | Opcodes.LSH)
          && right.opcode() == (Opcodes.ALU64 | Opcodes.RSH)
          && left.imm() == 32
          && right.imm() == 32
          && left.dst() == right.dst()) {
        return true;
      }
    }
    return false;
  }

  private void note(Map<String, Integer> counts, String message, String where) {
    counts.merge(message, 1, Integer::sum);
    examples.put(message, where);
  }

  /** Returns the message without its numbers. */
  static String messageClass(String message) {
    return message
        .replaceAll("-?(0x[0-9a-f]+|\\b[0-9a-f]*[0-9][0-9a-f]*\\b)", "N")
        .replaceAll("R\\d+", "RN")
        .replaceAll("bpf_\\w+#N", "bpf_#N")
        .replaceAll("unknown#\\S+", "unknown#N");
  }

  private void report() {
    System.out.printf(
        "KernelVerdictTest: %d asked, %d accepted by both, %d rejected by both, %d same message%n",
        asked, accepted, bothReject, sameMessage);
    System.out.println("  we accept, kernel rejects: " + weAccept);
    System.out.println("  we reject, kernel accepts: " + weReject);
    if (Boolean.getBoolean("sonde.examples")) {
      examples.forEach((message, where) -> System.out.println("  " + message + ": " + where));
    }
  }

  private static boolean isTriaged(String message) {
    try (Stream<String> lines = Files.lines(TRIAGE, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> !line.startsWith("#") && line.contains(" => "))
          .anyMatch(line -> message.contains(line.substring(0, line.indexOf(" => "))));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static ResolvedProgram with(ResolvedProgram program, List<Insn> insns) {
    ProgramSpec spec = program.spec();
    ProgramSpec changed =
        new ProgramSpec(
            spec.name(),
            spec.section(),
            spec.type(),
            insns,
            spec.mapNames(),
            spec.kfuncNames(),
            spec.license(),
            spec.subprograms(),
            List.of(),
            null);
    return new ResolvedProgram(changed, program.maps(), program.kfuncs());
  }

  private static String hex(List<Insn> insns) {
    StringBuilder out = new StringBuilder();
    for (Insn insn : insns) {
      out.append("%016x".formatted(Long.reverseBytes(insn.toLong())));
    }
    return out.toString();
  }
}
