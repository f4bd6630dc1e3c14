package dev.sonde.verifier.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Loop;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The number of turns that is stated is the number of turns that are taken. */
class CountedLoopTest {
  private static final int COUNTER = 6;
  private static final int MAX_TURNS = 300;

  private static Insn insn(int opcode, int dst, int src, int off, int imm) {
    return new Insn(opcode, dst, src, off, imm);
  }

  private static Insn set(int register, int value) {
    return insn(Opcodes.ALU64 | Opcodes.MOV, register, 0, 0, value);
  }

  private static Insn add(boolean wide, int value) {
    return insn((wide ? Opcodes.ALU64 : Opcodes.ALU) | Opcodes.ADD, COUNTER, 0, 0, value);
  }

  private static Insn exit() {
    return insn(Opcodes.EXIT, 0, 0, 0, 0);
  }

  /** {@code r6 = start; do { r0 += r6; r6 += step; } while (r6 op limit)}. */
  private static List<Insn> bottomTested(JumpOp op, boolean wide, int start, int step, int limit) {
    return List.of(
        set(0, 0),
        set(COUNTER, start),
        insn(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 0, COUNTER, 0, 0),
        add(wide, step),
        insn((wide ? Opcodes.JMP : Opcodes.JMP32) | op.code(), COUNTER, 0, -3, limit),
        exit());
  }

  /** {@code r6 = start; while (!(r6 op limit)) { r0 += r6; r6 += step; }}. */
  private static List<Insn> topTested(JumpOp op, boolean wide, int start, int step, int limit) {
    return List.of(
        set(0, 0),
        set(COUNTER, start),
        insn((wide ? Opcodes.JMP : Opcodes.JMP32) | op.code(), COUNTER, 0, 3, limit),
        insn(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, 0, COUNTER, 0, 0),
        add(wide, step),
        insn(Opcodes.JMP | Opcodes.JA, 0, 0, -4, 0),
        exit());
  }

  private static List<Loop> loops(List<Insn> insns, int start) {
    FactCollector collector = new FactCollector(insns, List.of(0));
    for (LoopShape shape : LoopShapes.find(insns, List.of(0))) {
      collector.edge(
          shape.head() - 1, shape.head(), register -> ScalarDomain.LINUX.constant(start));
      collector.limit(shape.test(), ScalarDomain.LINUX.constant(insns.get(shape.test()).imm()));
    }
    return collector.facts(List.of()).loops();
  }

  /** Runs the loop and returns how often its test is evaluated; -1 for too often. */
  private static int turns(List<Insn> insns) {
    long[] registers = new long[Opcodes.REGISTERS];
    int tests = 0;
    int at = 0;
    while (insns.get(at).opcode() != Opcodes.EXIT && tests <= MAX_TURNS) {
      Insn insn = insns.get(at);
      JumpOp jump = JumpOp.of(insn.opcode());
      boolean wide = (insn.opcode() & 7) == Opcodes.ALU64 || (insn.opcode() & 7) == Opcodes.JMP;
      long src = (insn.opcode() & Opcodes.X) != 0 ? registers[insn.src()] : insn.imm();
      if (jump != null) {
        tests++;
        at += jumps(jump, wide, registers[insn.dst()], src) ? insn.off() : 0;
      } else if (insn.opcode() == Opcodes.JMP) {
        at += insn.off();
      } else {
        long sum = (insn.opcode() & 0xf0) == Opcodes.MOV ? src : registers[insn.dst()] + src;
        registers[insn.dst()] = wide ? sum : sum & 0xffffffffL;
      }
      at++;
    }
    return tests > MAX_TURNS ? -1 : tests;
  }

  private static boolean jumps(JumpOp op, boolean wide, long x, long y) {
    long a = wide ? x : (int) x;
    long b = wide ? y : (int) y;
    int unsigned = Long.compareUnsigned(a, b);
    return switch (op) {
      case JEQ -> a == b;
      case JNE -> a != b;
      case JGT -> unsigned > 0;
      case JGE -> unsigned >= 0;
      case JLT -> unsigned < 0;
      case JLE -> unsigned <= 0;
      case JSGT -> a > b;
      case JSGE -> a >= b;
      case JSLT -> a < b;
      case JSLE -> a <= b;
      case JSET -> (a & b) != 0;
    };
  }

  @Test
  void statedTripsAreThoseOfRunningTheLoop() {
    SplittableRandom random = new SplittableRandom(7);
    int counted = 0;
    for (int turn = 0; turn < 10_000; turn++) {
      JumpOp op = JumpOp.values()[random.nextInt(JumpOp.values().length)];
      boolean wide = random.nextBoolean();
      int start = random.nextInt(-20, 100);
      int step = random.nextInt(-4, 5);
      int limit = random.nextInt(-20, 120);
      List<Insn> insns =
          random.nextBoolean()
              ? bottomTested(op, wide, start, step, limit)
              : topTested(op, wide, start, step, limit);
      int trips = turns(insns);
      List<Loop> loops = loops(insns, start);
      if (!loops.isEmpty() && trips >= 0) {
        counted++;
        Loop loop = loops.get(0);
        assertEquals(trips, loop.trips(), () -> insns.toString());
        assertEquals(step, loop.increment());
        assertEquals(start, loop.start());
      }
    }
    assertTrue(counted > 2_000, "only " + counted + " loops counted");
  }

  @Test
  void anOrdinaryLoopHasAllItsParts() {
    List<Loop> loops = loops(bottomTested(JumpOp.JNE, true, 0, 1, 100), 0);
    assertEquals(List.of(new Loop(2, 4, 4, COUNTER, 3, 0, 1, 100)), loops);
  }

  @Test
  void aCounterThatMayStartDifferentlyIsNotCounted() {
    List<Insn> insns = bottomTested(JumpOp.JNE, true, 0, 1, 100);
    FactCollector collector = new FactCollector(insns, List.of(0));
    collector.edge(1, 2, register -> ScalarDomain.LINUX.constant(0));
    collector.edge(1, 2, register -> ScalarDomain.LINUX.constant(1));
    collector.limit(4, ScalarDomain.LINUX.constant(100));
    assertEquals(List.of(), collector.facts(List.of()).loops());
  }

  @Test
  void goingAroundIsNotEntering() {
    List<Insn> insns = bottomTested(JumpOp.JNE, true, 0, 1, 100);
    FactCollector collector = new FactCollector(insns, List.of(0));
    collector.edge(1, 2, register -> ScalarDomain.LINUX.constant(0));
    collector.edge(4, 2, register -> ScalarDomain.LINUX.constant(1));
    collector.limit(4, ScalarDomain.LINUX.constant(100));
    assertEquals(100, collector.facts(List.of()).loops().get(0).trips());
  }

  @Test
  void aSecondDefinitionOfTheCounterIsNoCountedLoop() {
    List<Insn> insns = new ArrayList<>(bottomTested(JumpOp.JNE, true, 0, 1, 100));
    insns.set(2, insn(Opcodes.ALU64 | Opcodes.ADD | Opcodes.X, COUNTER, 0, 0, 0));
    assertEquals(List.of(), LoopShapes.find(insns, List.of(0)));
  }

  @Test
  void aCallLosesACounterInR1() {
    List<Insn> insns =
        List.of(
            set(1, 0),
            insn(Opcodes.CALL, 0, 0, 0, 5),
            insn(Opcodes.ALU64 | Opcodes.ADD, 1, 0, 0, 1),
            insn(Opcodes.JMP | Opcodes.JNE, 1, 0, -3, 9),
            exit());
    assertEquals(List.of(), LoopShapes.find(insns, List.of(0)));
  }

  @Test
  void aStepThatIsSometimesSkippedCountsNothing() {
    List<Insn> insns =
        List.of(
            set(COUNTER, 0),
            insn(Opcodes.JMP | Opcodes.JEQ, 7, 0, 1, 0),
            add(true, 1),
            insn(Opcodes.JMP | Opcodes.JNE, COUNTER, 0, -3, 9),
            exit());
    assertEquals(List.of(), LoopShapes.find(insns, List.of(0)));
  }

  @Test
  void aStepInAnInnerLoopDoesNotCountTheOuterOne() {
    List<Insn> insns =
        List.of(
            set(COUNTER, 0),
            add(true, 1),
            insn(Opcodes.JMP | Opcodes.JNE, 7, 0, -2, 0),
            insn(Opcodes.JMP | Opcodes.JNE, COUNTER, 0, -3, 9),
            exit());
    assertTrue(LoopShapes.find(insns, List.of(0)).stream().noneMatch(shape -> shape.test() == 3));
  }

  @Test
  void nestedLoopsAreBothCounted() {
    List<Insn> insns =
        List.of(
            set(COUNTER, 0),
            set(7, 0),
            insn(Opcodes.ALU64 | Opcodes.ADD, 7, 0, 0, 2),
            insn(Opcodes.JMP | Opcodes.JNE, 7, 0, -2, 10),
            add(true, 1),
            insn(Opcodes.JMP | Opcodes.JNE, COUNTER, 0, -5, 4),
            exit());
    List<Loop> loops = loops(insns, 0);
    assertEquals(List.of(5, 4), loops.stream().map(Loop::trips).sorted((a, b) -> b - a).toList());
  }

  @Test
  void irreducibleFlowIsNotCounted() {
    List<Insn> insns =
        List.of(
            set(COUNTER, 0),
            insn(Opcodes.JMP | Opcodes.JEQ, 7, 0, 1, 0),
            add(true, 1),
            set(0, 0),
            insn(Opcodes.JMP | Opcodes.JNE, COUNTER, 0, -3, 9),
            exit());
    assertEquals(List.of(), LoopShapes.find(insns, List.of(0)));
  }

  @Test
  void differingRegionsAreMixedAndDifferingOffsetsAreNotConstant() {
    FactCollector collector = new FactCollector(List.of(set(0, 0), exit()), List.of(0));
    collector.access(0, Region.STACK, true, -8, true);
    collector.access(0, Region.STACK, true, -16, true);
    var stack = collector.facts(List.of()).accesses().get(0);
    assertEquals(new Access(Region.STACK, false, 0, true), stack);
    collector.access(0, Region.MAP_VALUE, true, 0, false);
    var mixed = collector.facts(List.of()).accesses().get(0);
    assertEquals(Region.MIXED, mixed.region());
    assertNull(collector.facts(List.of()).accesses().get(1));
  }

  @Test
  void aRangeCoversAllStatesAndIsLostOnceAPointerIsSeen() {
    FactCollector collector = new FactCollector(List.of(set(0, 0), exit()), List.of(0));
    collector.define(0, ScalarDomain.LINUX.unsigned(3, 5));
    collector.define(0, ScalarDomain.LINUX.constant(-1));
    assertEquals(new Range(-1, 5), collector.facts(List.of()).ranges().get(0));
    collector.define(0, null);
    collector.define(0, ScalarDomain.LINUX.constant(1));
    assertNull(collector.facts(List.of()).ranges().get(0));
  }
}
