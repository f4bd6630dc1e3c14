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
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.map.SpecialField.Kind;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Small programs, one rule each: transfers and refinements of numbers whose result is an index, and
 * the rules of those who may not see addresses. {@code cases.txt} has the programs and the kernel's
 * verdicts. Maps: 0 a hash, 1 an array of one value of 64 bytes, 2 a ring, 3 one of user space, 4
 * sockets, 5 constants: {@code %d}, a zero, bytes 3 to 63; 6 an array that programs may only write,
 * 7 a per-CPU array of two, 8 programs, 9 AF_XDP sockets, 10 sockets, 11 a queue, 12 stacks, 13 an
 * array of three, 14 an LRU hash; then as 5: 15 not frozen, 16 a hash, 17 an array of three, 18
 * frozen, but programs may write it, 19 {@code %d} and no zero; 20 a spin lock at byte 4 of an
 * array's value, 21 at the start of a hash's; 22 a timer at the start, 23 at byte 8; 24 as 20.
 * Kfuncs: 0 to 2 an iterator over numbers, 3 to 5 one over bits, 6 bpf_dynptr_size, 7
 * bpf_dynptr_from_xdp, 8 bpf_dynptr_from_skb. {@code raw OPCODE DST SRC OFF IMM} is an insn that
 * the assembler has no word for.
 *
 * <p>{@code -Dsonde.record=true} asks the running kernel anew; look at what changed.
 */
class VerdictCasesTest {
  private static final Path FILE = Path.of("src/test/resources/kernel/cases.txt");
  private static final String CASE = "== ";
  private static final String ACCEPTED = "accepted";
  private static final String OWN = "(ours) "; // the kernel's differs: the first line says why
  private static final String RAW = "raw ";
  private static final String PLACE = "mov %r9, 1234567"; // no case means it

  private static final int PLAIN = 20; // maps that hold nothing but bytes
  private static final List<BpfMap> MAPS =
      List.of(
          Maps.create(MapSpec.of("hash", MapType.HASH, 8, 64, 4)),
          Maps.create(MapSpec.of("value", MapType.ARRAY, 4, 64, 1)),
          Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096)),
          Maps.create(MapSpec.of("user", MapType.USER_RINGBUF, 0, 0, 4096)),
          Maps.create(MapSpec.of("sockets", MapType.SOCKMAP, 4, 4, 4)),
          constants("constants", MapType.ARRAY, 1, MapFlags.RDONLY_PROG, true),
          Maps.create(MapSpec.of("sink", MapType.ARRAY, 4, 64, 1).withFlags(MapFlags.WRONLY_PROG)),
          Maps.create(MapSpec.of("percpu", MapType.PERCPU_ARRAY, 4, 64, 2)),
          Maps.create(MapSpec.of("programs", MapType.PROG_ARRAY, 4, 4, 2)),
          Maps.create(MapSpec.of("xsk", MapType.XSKMAP, 4, 4, 2)),
          Maps.create(MapSpec.of("more_sockets", MapType.SOCKMAP, 4, 8, 2)),
          Maps.create(MapSpec.of("queue", MapType.QUEUE, 0, 64, 4)),
          Maps.create(MapSpec.of("stacks", MapType.STACK_TRACE, 4, 1016, 16)),
          Maps.create(MapSpec.of("entries", MapType.ARRAY, 4, 64, 3)),
          Maps.create(MapSpec.of("reused", MapType.LRU_HASH, 8, 64, 4)),
          constants("later", MapType.ARRAY, 1, MapFlags.RDONLY_PROG, false),
          constants("looked_up", MapType.HASH, 1, MapFlags.RDONLY_PROG, true),
          constants("several", MapType.ARRAY, 3, MapFlags.RDONLY_PROG, true),
          constants("frozen", MapType.ARRAY, 1, 0, true),
          constants("unended", MapType.ARRAY, new byte[2], 1, MapFlags.RDONLY_PROG, true),
          special("lock", MapType.ARRAY, Kind.SPIN_LOCK, 4),
          special("first_lock", MapType.HASH, Kind.SPIN_LOCK, 0),
          special("first_timer", MapType.ARRAY, Kind.TIMER, 0),
          special("timer", MapType.ARRAY, Kind.TIMER, 8),
          special("other_lock", MapType.ARRAY, Kind.SPIN_LOCK, 4));

  private static final List<String> KFUNCS =
      List.of(
          "bpf_iter_num_new",
          "bpf_iter_num_next",
          "bpf_iter_num_destroy",
          "bpf_iter_bits_new",
          "bpf_iter_bits_next",
          "bpf_iter_bits_destroy",
          "bpf_dynptr_size",
          "bpf_dynptr_from_xdp",
          "bpf_dynptr_from_skb");

  /** One program; the verdict is {@code accepted} or the kernel's message, or ours. */
  record Case(String name, ProgramType type, boolean strict, String verdict, List<String> code) {
    String ownVerdict() {
      return verdict.substring(OWN.length());
    }

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
      } else if (!cases.isEmpty()) {
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
      String expected = each.verdict().startsWith(OWN) ? each.ownVerdict() : each.verdict();
      if (!ours.equals(expected)) {
        differences.add(each.head(each.verdict()) + ": ours " + ours);
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(cases.size() > 100, "cases: " + cases.size());
  }

  @Test
  void whatOnlyWeAcceptIsTriaged() throws IOException {
    List<String> unexplained = new ArrayList<>();
    int asked = 0;
    try (KernelOracle kernel = new KernelOracle()) {
      assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
      for (Case each : cases()) {
        if (each.verdict().equals(OWN + ACCEPTED)) {
          ResolvedProgram program = program(each);
          KernelOracle.Verdict verdict = kernel.ask(program, program.insns());
          boolean refused = verdict != null && !verdict.accepted();
          String said = refused ? VerdictTally.said(program, verdict) : "nothing";
          asked++;
          if (!VerdictTally.isTriaged(said)) {
            unexplained.add(each.name() + ": the kernel says " + said);
          }
        }
      }
    }
    assertEquals(List.of(), unexplained);
    assertTrue(asked >= 5, "accepted by us alone: " + asked);
  }

  private static void record() throws IOException {
    List<String> lines = new ArrayList<>();
    Files.readAllLines(FILE).stream().takeWhile(line -> line.startsWith("#")).forEach(lines::add);
    try (KernelOracle kernel = new KernelOracle()) {
      assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
      for (Case each : cases()) {
        ResolvedProgram program = program(each);
        List<Insn> insns = program.insns();
        KernelOracle.@Nullable Verdict verdict =
            each.strict() ? kernel.askStrictly(program, insns) : kernel.ask(program, insns);
        boolean own = each.verdict().startsWith(OWN);
        String kernels = verdict == null ? "" : verdict.accepted() ? ACCEPTED : verdict.message();
        assertTrue(own || verdict != null, () -> "the kernel cannot say: " + each.name());
        lines.add(each.head(own ? each.verdict() : kernels));
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

  private static BpfMap constants(
      String name, MapType type, int entries, int flags, boolean frozen) {
    return constants(name, type, new byte[64], entries, flags, frozen);
  }

  private static BpfMap constants(
      String name, MapType type, byte[] value, int entries, int flags, boolean frozen) {
    int keyBytes = type == MapType.HASH ? 8 : 4;
    MapSpec spec = MapSpec.of(name, type, keyBytes, value.length, entries).withFlags(flags);
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i < 3 ? "%d\0".charAt(i) : 4 * i);
    }
    BpfMap map = Maps.create(spec);
    map.update(new byte[keyBytes], value, 0);
    if (frozen) {
      map.freeze();
    }
    return map;
  }

  private static BpfMap special(String name, MapType type, Kind kind, int offset) {
    MapSpec spec = MapSpec.of(name, type, 4, 32, 1);
    return Maps.create(spec.withSpecialFields(List.of(new SpecialField(kind, offset))));
  }

  static ResolvedProgram program(Case each) {
    List<Insn> insns = insns(each);
    List<BpfMap> maps = maps(insns);
    ProgramSpec bare = ProgramSpec.of(each.name(), each.type(), insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            maps.stream().map(map -> map.spec().name()).toList(),
            KFUNCS,
            "GPL",
            List.of(),
            List.of(),
            null);
    List<HelperProto> kfuncs =
        KFUNCS.stream().map(name -> Objects.requireNonNull(Kfuncs.byName(name))).toList();
    return new ResolvedProgram(spec, maps, kfuncs);
  }

  /** Those with locks and timers only where one is used: not every program may have them. */
  private static List<BpfMap> maps(List<Insn> insns) {
    Set<Integer> maps = Set.of(Opcodes.PSEUDO_MAP_FD, Opcodes.PSEUDO_MAP_VALUE);
    boolean special =
        insns.stream().anyMatch(i -> i.isLdImm64() && maps.contains(i.src()) && i.imm() >= PLAIN);
    return special ? MAPS : MAPS.subList(0, PLAIN);
  }

  private static List<Insn> insns(Case each) {
    List<String> code = new ArrayList<>();
    List<Insn> raw = new ArrayList<>();
    for (String line : each.code()) {
      boolean isRaw = line.startsWith(RAW);
      code.add(isRaw ? PLACE : line);
      if (isRaw) {
        String[] words = line.substring(RAW.length()).split(" ");
        int[] fields =
            Arrays.stream(words).mapToInt(word -> (int) (long) Long.decode(word)).toArray();
        raw.add(new Insn(fields[0], fields[1], fields[2], fields[3], fields[4]));
      }
    }
    Insn place = Assembler.assemble(PLACE).get(0);
    Iterator<Insn> next = raw.iterator();
    return Assembler.assemble(String.join("\n", code)).stream()
        .map(insn -> insn.equals(place) ? next.next() : insn)
        .toList();
  }
}
