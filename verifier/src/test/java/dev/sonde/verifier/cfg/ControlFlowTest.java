package dev.sonde.verifier.cfg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which function an insn is of, where states are compared, which registers are live. */
class ControlFlowTest {
  private static final List<String> KFUNCS =
      List.of("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy");

  private static ControlFlow flow(String text) {
    List<Insn> insns = Assembler.assemble(text);
    List<HelperProto> rows = new ArrayList<>();
    KFUNCS.forEach(name -> rows.add(Objects.requireNonNull(Kfuncs.byName(name))));
    ProgramSpec bare = ProgramSpec.of("flow", ProgramType.SCHED_CLS, insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            List.of(),
            KFUNCS,
            "GPL",
            List.of(),
            List.of(),
            null);
    return ControlFlow.of(new ResolvedProgram(spec, List.of(), rows));
  }

  private static List<Integer> prunePoints(ControlFlow flow) {
    return IntStream.range(0, flow.insns().size()).filter(flow::isPrunePoint).boxed().toList();
  }

  private static List<Integer> checkpoints(ControlFlow flow) {
    return IntStream.range(0, flow.insns().size()).filter(flow::isCheckpoint).boxed().toList();
  }

  @Test
  void anInsnIsOfTheFunctionThatBeganLast() {
    ControlFlow flow = flow("call local f\nexit\nf:\nmov %r0, 0\ncall local g\nexit\ng:\nexit");
    assertEquals(3, flow.subprograms());
    List<Integer> of = IntStream.range(0, 6).map(flow::subprogramOf).boxed().toList();
    assertEquals(List.of(0, 0, 1, 1, 1, 2), of);
    List<Integer> at = IntStream.range(0, 6).map(flow::subprogramAt).boxed().toList();
    assertEquals(List.of(0, -1, 1, -1, -1, 2), at);
    assertEquals(2, flow.end(0));
    assertEquals(6, flow.end(2));
    assertEquals(5, flow.start(2));
  }

  /** Helper 9 is bpf_skb_store_bytes, which moves packets. */
  @Test
  void packetsAreLostByWhoeverCallsWhoLosesThem() {
    ControlFlow flow =
        flow(
            """
            call local a
            exit
            a:
            call local b
            exit
            b:
            lddw %r1, func c
            exit
            c:
            call 9
            exit
            """);
    for (int i = 0; i < 4; i++) {
      assertTrue(flow.changesPacket(i), "function " + i);
    }
    ControlFlow back =
        flow("call local b\nexit\na:\ncall 9\nexit\nb:\nmov %r0, 0\ncall local a\nexit");
    assertTrue(back.changesPacket(0) && back.changesPacket(1) && back.changesPacket(2));
    ControlFlow none = flow("call local f\nexit\nf:\ncall 7\nmov %r1, 9\ncall kfunc 1\nexit");
    assertFalse(none.changesPacket(0) || none.changesPacket(1));
    assertTrue(flow("call 9\nexit").changesPacket(0));
    assertFalse(flow("call 7\nexit").changesPacket(0));
    ControlFlow only = flow("call local f\ncall 9\nexit\nf:\nmov %r0, 9\nexit");
    assertTrue(only.changesPacket(0));
    assertFalse(only.changesPacket(1));
  }

  @Test
  void statesAreComparedWherePathsMeetAndAtCalls() {
    ControlFlow flow =
        flow(
            """
            mov %r0, 0
            jeq %r1, 0, out
            mov %r0, 1
            call 7
            mov %r6, %r0
            ja out
            out:
            mov %r0, 0
            exit
            """);
    assertEquals(List.of(1, 4, 6), prunePoints(flow));
    assertEquals(List.of(), checkpoints(flow));
  }

  @Test
  void aCallOfAFunctionIsAPrunePointWithBothItsEnds() {
    ControlFlow flow = flow("mov %r1, 0\ncall local f\nmov %r6, 0\nexit\nf:\nmov %r0, 0\nexit");
    assertEquals(List.of(1, 2, 4), prunePoints(flow));
    ControlFlow pointer =
        flow("mov %r1, 0\nlddw %r2, func f\nmov %r6, 0\nexit\nf:\nmov %r0, 0\nexit");
    assertEquals(List.of(1, 3, 5), prunePoints(pointer));
  }

  /** bpf_loop, bpf_for_each_map_elem, bpf_user_ringbuf_drain, an iterator's next and may_goto. */
  @Test
  void aStateIsKeptWhereLoopsConverge() {
    for (int helper : new int[] {181, 164, 209}) {
      ControlFlow flow = flow("mov %r1, 0\ncall " + helper + "\nmov %r0, 0\nexit");
      assertEquals(List.of(1), checkpoints(flow));
      assertEquals(List.of(1, 2), prunePoints(flow));
      assertTrue(flow.callsBack(1) && !flow.stepsIterator(1) && !flow.callsBack(0));
    }
    ControlFlow timer = flow("mov %r1, 0\ncall 170\nmov %r0, 0\nexit");
    assertEquals(List.of(), checkpoints(timer));
    ControlFlow kfuncs = flow("call kfunc 0\ncall kfunc 1\ncall kfunc 2\nexit");
    assertEquals(List.of(1), checkpoints(kfuncs));
    assertTrue(kfuncs.stepsIterator(1) && !kfuncs.stepsIterator(0) && !kfuncs.stepsIterator(2));
    ControlFlow unknown = flow("call kfunc 3\ncall kfunc -1\nexit");
    assertEquals(List.of(), checkpoints(unknown));
    ControlFlow alike = flow("mov %r1, 1\ncall 1\nmov %r0, 1\nexit");
    assertFalse(alike.stepsIterator(0) || alike.stepsIterator(1) || alike.stepsIterator(2));
    ControlFlow goes = flow("mov %r0, 0\nl:\nmay_goto out\nja l\nout:\nexit");
    assertEquals(List.of(1), checkpoints(goes));
    assertEquals(List.of(1, 3), prunePoints(goes));
  }

  /** The insn, what it reads and what it writes. */
  @ParameterizedTest
  @CsvSource({
    "mov %r1; 5,-,1",
    "mov %r1; %r2,2,1",
    "mov32 %r1; %r2,2,1",
    "mov32 %r1; 3,-,1",
    "movsx864 %r1; %r2,2,1",
    "add %r1; 5,1,1",
    "add %r1; %r2,1 2,1",
    "sub32 %r1; %r2,1 2,1",
    "neg %r1,1,1",
    "neg32 %r3,3,3",
    "be16 %r1,1,1",
    "le64 %r1,1,1",
    "bswap32 %r4,4,4",
    "lddw %r4; 7,-,4",
    "ldxw %r1; [%r2+4],2,1",
    "ldxsb %r1; [%r2+4],2,1",
    "stw [%r1+4]; 7,1,-",
    "stxw [%r1+4]; %r2,1 2,-",
    "lock add [%r1+8]; %r2,1 2,-",
    "lock fetch add [%r1+8]; %r2,1 2,2",
    "lock fetch xor32 [%r1+8]; %r2,1 2,2",
    "lock xchg [%r1+8]; %r2,1 2,2",
    "lock cmpxchg [%r1+8]; %r2,0 1 2,0",
    "load_acquire %r1; [%r2+0],1 2,1",
    "store_release [%r1+0]; %r2,1 2,-",
    "ldabsb 12,6,0 1 2 3 4 5",
    "ldindh %r2; 4,2 6,0 1 2 3 4 5",
    "jeq %r1; 5; +0,1,-",
    "jeq %r1; %r2; +0,1 2,-",
    "jslt32 %r1; %r2; +0,1 2,-",
    "ja +0,-,-",
    "ja32 +0,-,-",
    "may_goto +0,-,-",
    "call 7,-,0 1 2 3 4 5",
    "call 1,1 2,0 1 2 3 4 5",
    "call 2,1 2 3 4,0 1 2 3 4 5",
    "call 6,1 2 3 4 5,0 1 2 3 4 5",
    "call 25,1 2 3 4 5,0 1 2 3 4 5",
    "call 9999,1 2 3 4 5,0 1 2 3 4 5",
    "call kfunc 0,1 2 3,0 1 2 3 4 5",
    "call kfunc 1,1,0 1 2 3 4 5",
    "call kfunc 3,1 2 3 4 5,0 1 2 3 4 5",
    "call kfunc -1,1 2 3 4 5,0 1 2 3 4 5",
    "call local f,1 2 3 4 5,0 1 2 3 4 5"
  })
  void anInsnReadsAndWritesTheseRegisters(String insn, String read, String written) {
    String code = insn.replace(';', ',');
    String function = code.contains("local") ? "f:\nmov %r0, 0\nexit" : "";
    int all = 0x3ff; // what every insn behind it reads
    StringBuilder text = new StringBuilder(code).append('\n');
    for (int r = 0; r < 10; r++) {
      text.append("stxdw [%r10-8], %r").append(r).append('\n');
    }
    int after = all & ~mask(written) | mask(read);
    int live = flow(text.append("exit\n").append(function).toString()).liveRegs(0);
    assertEquals(after, live & all, code);
    int alone = flow(code + "\nexit\n" + function).liveRegs(0);
    assertEquals(1 & ~mask(written) | mask(read), alone & all, code);
  }

  private static int mask(String registers) {
    int mask = 0;
    for (String register : registers.split(" ")) {
      mask |= register.equals("-") ? 0 : 1 << Integer.parseInt(register);
    }
    return mask;
  }

  @Test
  void whatALoopReadsIsLiveAllAroundIt() {
    ControlFlow flow = flow("l:\nmov %r3, %r4\nadd %r1, 1\njlt %r1, 9, l\nmov %r0, %r5\nexit\n");
    assertEquals(1 << 1 | 1 << 4 | 1 << 5, flow.liveRegs(0));
    assertEquals(1 << 1 | 1 << 4 | 1 << 5, flow.liveRegs(2));
    assertEquals(1 << 5, flow.liveRegs(3));
    assertEquals(1, flow.liveRegs(4));
  }
}
