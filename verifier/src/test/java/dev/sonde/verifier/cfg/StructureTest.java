package dev.sonde.verifier.cfg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.log.Rejection;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is refused before any state is looked at, each limit from both sides. */
class StructureTest {
  private static final String SOUND = "sound";
  private static final String OUTSIDE = "jump out of range from insn ";
  private static final String NO_LDDW = "invalid bpf_ld_imm64 insn";
  private static final Insn EXIT = insn(Opcodes.EXIT, 0, 0, 0, 0);
  private static final Insn ZERO = insn(Opcodes.ALU64 | Opcodes.MOV, 0, 0, 0, 0);
  private static final BpfMap HASH = Maps.create(MapSpec.of("hash", MapType.HASH, 8, 64, 4));
  private static final BpfMap ONE = Maps.create(MapSpec.of("one", MapType.ARRAY, 4, 64, 1));
  private static final BpfMap FOUR = Maps.create(MapSpec.of("four", MapType.ARRAY, 4, 64, 4));

  private static Insn insn(int opcode, int dst, int src, int off, int imm) {
    return new Insn(opcode, dst, src, off, imm);
  }

  private static String verdict(ProgramType type, List<BpfMap> maps, List<Insn> insns) {
    ProgramSpec bare = ProgramSpec.of("structure", type, insns);
    List<String> names = maps.stream().map(map -> map.spec().name()).toList();
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            type,
            insns,
            names,
            List.of(),
            "GPL",
            List.of(),
            List.of(),
            null);
    try {
      ControlFlow.of(new ResolvedProgram(spec, maps, List.of()));
      return SOUND;
    } catch (Rejection rejection) {
      return String.valueOf(rejection.getMessage());
    }
  }

  private static String verdict(Insn... insns) {
    return verdict(ProgramType.KPROBE, List.of(HASH, ONE, FOUR), List.of(insns));
  }

  private static String verdict(String text) {
    return verdict(ProgramType.KPROBE, List.of(HASH), Assembler.assemble(text));
  }

  @Test
  void aMillionInsnsAreTheMost() {
    int most = 1_000_000;
    List<Insn> insns = new ArrayList<>(Collections.nCopies(most - 1, ZERO));
    insns.add(EXIT);
    assertEquals(SOUND, verdict(ProgramType.KPROBE, List.of(), insns));
    insns.add(0, ZERO);
    String tooMany = "program of 1000001 insns, want 1 to 1000000";
    assertEquals(tooMany, verdict(ProgramType.KPROBE, List.of(), insns));
    assertEquals("program of 0 insns, want 1 to 1000000", verdict());
  }

  @Test
  void sixtyFourMapsAreTheMost() {
    List<Insn> insns = List.of(ZERO, EXIT);
    List<BpfMap> maps = new ArrayList<>(Collections.nCopies(64, HASH));
    assertEquals(SOUND, verdict(ProgramType.KPROBE, maps, insns));
    maps.add(HASH);
    assertEquals(
        "The total number of maps per program has reached the limit of 64",
        verdict(ProgramType.KPROBE, maps, insns));
  }

  /** Each function is called by the one before it. */
  @Test
  void twoHundredAndFiftySixFunctionsAreTheMost() {
    for (int functions : new int[] {256, 257}) {
      List<Insn> insns = new ArrayList<>();
      for (int i = 1; i < functions; i++) {
        insns.add(insn(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, 1));
        insns.add(EXIT);
      }
      insns.add(ZERO);
      insns.add(EXIT);
      String verdict = verdict(ProgramType.KPROBE, List.of(), insns);
      assertEquals(functions == 256 ? SOUND : "too many subprograms", verdict);
    }
  }

  @Test
  void aJumpStaysInItsFunction() {
    assertEquals(OUTSIDE + "0 to -1", verdict(insn(Opcodes.JMP, 0, 0, -2, 0), EXIT));
    assertEquals("unreachable insn 1", verdict(insn(Opcodes.JMP, 0, 0, -1, 0), EXIT));
    assertEquals(SOUND, verdict(insn(Opcodes.JMP | Opcodes.JEQ, 0, 0, 0, 0), EXIT));
    assertEquals(OUTSIDE + "0 to 2", verdict(insn(Opcodes.JMP | Opcodes.JEQ, 0, 0, 1, 0), EXIT));
    assertEquals(OUTSIDE + "0 to 9", verdict(insn(Opcodes.JMP32, 0, 0, 0, 8), EXIT));
    assertEquals(OUTSIDE + "0 to 2", verdict("jeq %r1, 0, f\ncall local f\nf:\nexit"));
    assertEquals(OUTSIDE + "2 to 1", verdict("call local f\nexit\nf:\njeq %r1, 0, -2\nexit"));
    assertEquals("last insn is not an exit or jmp", verdict("call local f\nf:\nexit"));
    assertEquals("last insn is not an exit or jmp", verdict(EXIT, ZERO));
    assertEquals("last insn is not an exit or jmp", verdict(insn(Opcodes.CALL, 0, 0, 0, 7)));
    assertEquals(SOUND, verdict("ja b\na:\nexit\nb:\nja a"));
  }

  @Test
  void aCallGoesToAnInsn() {
    String invalid = "call to invalid destination";
    for (int[] imm : new int[][] {{-2, 0}, {-1, 1}, {0, 1}, {1, 0}}) {
      Insn call = insn(Opcodes.CALL, 0, Opcodes.PSEUDO_CALL, 0, imm[0]);
      String verdict = verdict(call, EXIT);
      assertEquals(imm[1] == 0, verdict.equals(invalid), imm[0] + ": " + verdict);
    }
    Insn far = insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_FUNC, 0, 2);
    assertEquals(invalid, verdict(far, insn(0, 0, 0, 0, 0), EXIT));
  }

  @Test
  void aConstantOfTwoSlotsHasNothingButItsValueInTheSecond() {
    Insn first = insn(Opcodes.LD_IMM64, 0, 0, 0, 1);
    assertEquals(SOUND, verdict(first, insn(0, 0, 0, 0, 7), EXIT));
    assertEquals(NO_LDDW, verdict(first, insn(0x95, 0, 0, 0, 0), EXIT));
    assertEquals(NO_LDDW, verdict(first, insn(0, 1, 0, 0, 0), EXIT));
    assertEquals(NO_LDDW, verdict(first, insn(0, 0, 1, 0, 0), EXIT));
    assertEquals(NO_LDDW, verdict(first, insn(0, 0, 0, 1, 0), EXIT));
    // A jump or exit is the last insn, so that the second slot is missing only behind that check.
    assertEquals("last insn is not an exit or jmp", verdict(first));
    assertEquals("unknown opcode 00", verdict(ZERO, insn(0, 0, 0, 0, 0), EXIT));
    assertEquals(
        "jump into the middle of ldimm64 insn 1",
        verdict(insn(Opcodes.JMP | Opcodes.JEQ, 0, 0, 1, 0), first, insn(0, 0, 0, 0, 0), EXIT));
    for (int kind : new int[] {3, 5, 6, 7}) {
      Insn other = insn(Opcodes.LD_IMM64, 0, kind, 0, 0);
      assertEquals(
          "unrecognized bpf_ld_imm64 insn", verdict(other, insn(0, 0, 0, 0, 0), EXIT), "" + kind);
    }
  }

  private static String map(int kind, int map, int offset) {
    return verdict(insn(Opcodes.LD_IMM64, 0, kind, 0, map), insn(0, 0, 0, 0, offset), ZERO, EXIT);
  }

  @Test
  void aMapIsOneOfThoseOfTheProgram() {
    String unknown = "fd %d is not pointing to valid bpf_map";
    assertEquals(unknown.formatted(-1), map(Opcodes.PSEUDO_MAP_FD, -1, 0));
    assertEquals(unknown.formatted(3), map(Opcodes.PSEUDO_MAP_FD, 3, 0));
    assertEquals(unknown.formatted(3), map(Opcodes.PSEUDO_MAP_VALUE, 3, 0));
    assertEquals(SOUND, map(Opcodes.PSEUDO_MAP_FD, 2, 0));
    assertEquals(SOUND, map(Opcodes.PSEUDO_MAP_FD, 0, 0));
    assertEquals("unrecognized bpf_ld_imm64 insn", map(Opcodes.PSEUDO_MAP_FD, 0, 1));
  }

  @Test
  void theAddressOfAValueLiesInTheOnlyOneOfAnArray() {
    String outside = "invalid access to map value pointer, value_size=64 off=";
    assertEquals(SOUND, map(Opcodes.PSEUDO_MAP_VALUE, 1, 0));
    assertEquals(SOUND, map(Opcodes.PSEUDO_MAP_VALUE, 1, 63));
    assertEquals(outside + 64, map(Opcodes.PSEUDO_MAP_VALUE, 1, 64));
    assertEquals(outside + (1 << 20), map(Opcodes.PSEUDO_MAP_VALUE, 1, 1 << 20));
    assertEquals(
        "no direct value access support for this map type", map(Opcodes.PSEUDO_MAP_VALUE, 0, 0));
    String offset = "direct value offset of %s is not allowed";
    assertEquals(offset.formatted("4294967295"), map(Opcodes.PSEUDO_MAP_VALUE, 1, -1));
    assertEquals(offset.formatted(1 << 29), map(Opcodes.PSEUDO_MAP_VALUE, 1, 1 << 29));
    assertEquals(outside + ((1 << 29) - 1), map(Opcodes.PSEUDO_MAP_VALUE, 1, (1 << 29) - 1));
    assertEquals(outside + 0, map(Opcodes.PSEUDO_MAP_VALUE, 2, 0));
  }

  @Test
  void aLoadHasNoImmediateAndTwoModes() {
    String reserved = "BPF_LDX uses reserved fields";
    int word = Opcodes.LDX | Opcodes.W;
    assertEquals(SOUND, verdict(insn(word | Opcodes.MEM, 0, 1, 0, 0), EXIT));
    assertEquals(SOUND, verdict(insn(word | Opcodes.MEMSX, 0, 1, 0, 0), EXIT));
    assertEquals(reserved, verdict(insn(word | Opcodes.MEM, 0, 1, 0, 1), EXIT));
    assertEquals(reserved, verdict(insn(word | Opcodes.MEMSX, 0, 1, 0, 1), EXIT));
    assertEquals(reserved, verdict(insn(word | Opcodes.ATOMIC, 0, 1, 0, 0), EXIT));
    assertEquals(reserved, verdict(insn(word | Opcodes.ABS, 0, 1, 0, 0), EXIT));
  }

  private static String field(ProgramType type, SpecialField.Kind kind) {
    BpfMap map =
        Maps.create(
            MapSpec.of("fields", MapType.ARRAY, 4, 64, 1)
                .withSpecialFields(List.of(new SpecialField(kind, 0))));
    return verdict(type, List.of(HASH, map), List.of(ZERO, EXIT));
  }

  @Test
  void tracingProgramsUseNoSpecialFieldsAndSocketFiltersNoLock() {
    SpecialField.Kind lock = SpecialField.Kind.SPIN_LOCK;
    SpecialField.Kind timer = SpecialField.Kind.TIMER;
    assertEquals("tracing progs cannot use bpf_spin_lock yet", field(ProgramType.KPROBE, lock));
    assertEquals("tracing progs cannot use bpf_timer yet", field(ProgramType.TRACEPOINT, timer));
    assertEquals(
        "socket filter progs cannot use bpf_spin_lock yet", field(ProgramType.SOCKET_FILTER, lock));
    assertEquals(SOUND, field(ProgramType.SOCKET_FILTER, timer));
    assertEquals(SOUND, field(ProgramType.XDP, lock));
    assertEquals(SOUND, field(ProgramType.SCHED_CLS, timer));
  }

  @Test
  void everyInsnIsReached() {
    assertEquals("unreachable insn 1", verdict("ja out\nmov %r0, 0\nout:\nexit"));
    assertEquals("unreachable insn 1", verdict("exit\nlddw %r0, 0\nexit"));
    assertEquals(SOUND, verdict("lddw %r1, func f\nexit\nf:\nexit"));
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 300; i++) { // all of them are open at once
      many.append("jeq %r1, ").append(i).append(", t").append(i).append('\n');
    }
    many.append("exit\n");
    for (int i = 0; i < 300; i++) {
      many.append('t').append(i).append(":\nexit\n");
    }
    assertEquals(SOUND, verdict(many.toString()));
  }
}
