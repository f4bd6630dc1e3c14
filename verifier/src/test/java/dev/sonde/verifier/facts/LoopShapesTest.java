package dev.sonde.verifier.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which loops count, by their code alone, and what is united over states. */
class LoopShapesTest {
  private static List<LoopShape> find(String code) {
    return LoopShapes.find(Assembler.assemble(code), List.of(0));
  }

  private static String shapes(String code) {
    StringBuilder out = new StringBuilder();
    for (LoopShape shape : find(code)) {
      out.append(
          "head %d back %d test %d stays %s r%d step %d by %d %s %s;"
              .formatted(
                  shape.head(),
                  shape.backEdge(),
                  shape.test(),
                  shape.staysIfTaken() ? "taken" : "fallen",
                  shape.counter(),
                  shape.step(),
                  shape.increment(),
                  shape.stepsFirst() ? "first" : "after",
                  shape.insns()));
    }
    return out.toString();
  }

  private static final String PLAIN = "mov %r6, 0\nl:\nadd %r6, 1\njlt %r6, 9, l\nexit\n";

  @Test
  void aLoopHasAHeadATestAndAStep() {
    assertEquals("head 1 back 2 test 2 stays taken r6 step 1 by 1 first {1, 2};", shapes(PLAIN));
    assertEquals(
        "head 1 back 3 test 1 stays fallen r6 step 2 by -2 after {1, 2, 3};",
        shapes("mov %r6, 9\nl:\njeq %r6, 1, out\nsub %r6, 2\nja l\nout:\nexit\n"));
    assertEquals("", shapes("mov %r6, 0\nadd %r6, 1\njlt %r6, 9, +0\nexit\n"));
  }

  /** The step is in a block before that of the test, or behind it. */
  @Test
  void stepAndTestMayBeInBlocksOfTheirOwn() {
    assertEquals(
        "head 1 back 4 test 4 stays taken r6 step 1 by 1 first {1, 2, 3, 4};",
        shapes("mov %r6, 0\nl:\nadd %r6, 1\njeq %r1, 0, x\nmov %r2, 1\nx:\njlt %r6, 9, l\nexit\n"));
    assertEquals(
        "head 1 back 5 test 1 stays fallen r6 step 4 by 1 after {1, 2, 3, 4, 5};",
        shapes(
            "mov %r6, 0\nl:\njgt %r6, 9, out\njeq %r1, 0, x\nmov %r2, 1\nx:\nadd %r6, 1\nja l\nout:\nexit\n"));
    // On one way around only, in an inner loop, or at another test: none of these counts.
    assertEquals(
        "", shapes("mov %r6, 0\nl:\njeq %r1, 0, x\nadd %r6, 1\nx:\njlt %r6, 9, l\nexit\n"));
    assertEquals("", shapes("mov %r6, 0\nl:\nadd %r6, 1\njset %r1, 1, l\njlt %r6, 9, l\nexit\n"));
  }

  @Test
  void aBranchThatStaysInsideIsNoTest() {
    assertEquals(
        "head 1 back 4 test 4 stays taken r6 step 3 by 1 first {1, 2, 3, 4};",
        shapes("mov %r6, 0\nl:\njeq %r6, 5, a\nmov %r2, 1\na:\nadd %r6, 1\njlt %r6, 9, l\nexit\n"));
  }

  @Test
  void ofNestedLoopsEachHasItsOwnCounter() {
    assertEquals(
        "head 2 back 3 test 3 stays taken r7 step 2 by 1 first {2, 3};"
            + "head 1 back 5 test 5 stays taken r6 step 4 by 1 first {1, 2, 3, 4, 5};",
        shapes(
            "mov %r6, 0\no:\nmov %r7, 0\ni:\nadd %r7, 1\njlt %r7, 5, i\nadd %r6, 1\njlt %r6, 9, o\nexit\n"));
    assertEquals( // the step of the outer counter is in the inner loop
        "head 2 back 4 test 4 stays taken r7 step 2 by 1 first {2, 3, 4};",
        shapes(
            "mov %r6, 0\no:\nmov %r7, 0\ni:\nadd %r7, 1\nadd %r6, 1\njlt %r7, 5, i\njlt %r6, 9, o\nexit\n"));
  }

  @Test
  void whatElseChangesTheCounterOrItsLimitCountsNot() {
    for (String other :
        List.of(
            "mov %r6, 1", "ldxw %r6, [%r10-8]", "lock fetch add [%r10-8], %r6", "lddw %r6, 7")) {
      assertEquals("", shapes(PLAIN.replace("jlt", other + "\njlt")), other);
    }
    for (String step :
        List.of("add %r6, %r2", "mul %r6, 2", "add %r6, 0", "sub %r6, -2147483648")) {
      assertEquals("", shapes(PLAIN.replace("add %r6, 1", step)), step);
    }
    assertEquals("", shapes(PLAIN.replace("jlt %r6, 9", "jlt %r6, %r6")));
    assertEquals("", shapes(PLAIN.replace("jlt %r6, 9", "add %r2, 1\njlt %r6, %r2")));
    assertTrue(shapes(PLAIN.replace("jlt %r6, 9", "jlt %r6, %r2")).startsWith("head 1"));
    assertTrue(shapes(PLAIN.replace("add %r6, 1", "sub32 %r6, 3")).contains(" by -3 "));
    assertTrue(shapes(PLAIN.replace("add %r6, 1", "call 7\nadd %r6, 1")).startsWith("head 1"));
    assertEquals("", shapes(PLAIN.replace("%r6", "%r2").replace("add", "call 7\nadd")));
  }

  /** Insn and the registers that it changes. */
  @ParameterizedTest
  @CsvSource({
    "mov %r1; 5,1",
    "add32 %r6; %r1,6",
    "ldxw %r3; [%r2+0],3",
    "lddw %r4; 9,4",
    "ldabsb 4,0 1 2 3 4 5",
    "ldindb %r7; 4,0 1 2 3 4 5",
    "stw [%r1+0]; 4,-",
    "stxw [%r1+0]; %r2,-",
    "lock add [%r1+0]; %r2,-",
    "lock fetch add [%r1+0]; %r2,2",
    "lock xchg [%r1+0]; %r2,2",
    "lock cmpxchg [%r1+0]; %r2,0 2",
    "load_acquire %r1; [%r2+0],1",
    "store_release [%r1+0]; %r2,-",
    "call 7,0 1 2 3 4 5",
    "jeq %r1; 4; +0,-",
    "jeq32 %r1; %r2; +0,-",
    "ja +0,-",
    "exit,-"
  })
  void anInsnChangesTheseRegisters(String insn, String registers) {
    Insn code = Assembler.assemble(insn.replace(';', ',') + "\nexit").get(0);
    StringBuilder changed = new StringBuilder();
    for (int r = 0; r < 11; r++) {
      changed.append(LoopShapes.defines(code, r) ? (changed.isEmpty() ? "" : " ") + r : "");
    }
    assertEquals(registers.replace("-", ""), changed.toString(), insn);
    assertFalse(LoopShapes.defines(new Insn(0, 0, 0, 0, 7), 0), "the second slot of a constant");
  }

  private static int loops(int... starts) {
    List<Insn> insns = Assembler.assemble(PLAIN);
    FactCollector collector = new FactCollector(insns, List.of(0));
    for (int start : starts) {
      collector.edge(0, 1, register -> ScalarDomain.LINUX.constant(start));
    }
    collector.edge(2, 1, register -> ScalarDomain.LINUX.constant(77)); // another turn
    collector.limit(2, ScalarDomain.LINUX.constant(9));
    return collector.facts(List.of()).loops().size();
  }

  @Test
  void aLoopThatBeginsWithOneNumberAlwaysIsCounted() {
    assertEquals(1, loops(0));
    assertEquals(1, loops(3, 3));
    assertEquals(0, loops(3, 4));
    assertEquals(0, loops(4, 3));
    assertEquals(0, loops());
  }

  private static BitSet shared(String insn, int... offsets) {
    List<Insn> insns = Assembler.assemble(insn + "\nmov %r0, 0\nexit");
    FactCollector collector = new FactCollector(insns, List.of(0));
    for (int offset : offsets) {
      collector.access(0, Region.STACK, true, offset, true);
    }
    List<Subprogram> one = List.of(new Subprogram(0, 3, "main", new BitSet(), 16));
    return collector.facts(one).subprograms().get(0).sharedFrameBytes();
  }

  /** By the size of the insn. */
  @Test
  void slotsThatOneInsnTouchesInTurnAreSharedAllOfThem() {
    String[] loads = {"ldxb", "ldxh", "ldxw", "ldxdw"};
    for (int i = 0; i < loads.length; i++) {
      BitSet want = new BitSet();
      want.set(512 - 16, 512 - 16 + (1 << i));
      want.set(512 - 8, 512 - 8 + (1 << i));
      assertEquals(new BitSet(), shared(loads[i] + " %r1, [%r10-8]", -8, -8));
      assertEquals(want, shared(loads[i] + " %r1, [%r10-8]", -8, -16));
      assertEquals(want, shared(loads[i] + " %r1, [%r10-8]", -16, -8, -16));
    }
  }

  @Test
  void aRangeOfOneNumberIsAConstant() {
    assertTrue(new Range(4, 4).isConstant());
    assertFalse(new Range(4, 5).isConstant());
    List<Range> united = new ArrayList<>();
    for (long[] second : new long[][] {{4, 6}, {3, 5}, {4, 5}, {2, 9}}) {
      FactCollector collector =
          new FactCollector(Assembler.assemble("mov %r0, 0\nexit"), List.of(0));
      collector.define(0, ScalarDomain.LINUX.unsigned(4, 5));
      collector.define(0, ScalarDomain.LINUX.unsigned(second[0], second[1]));
      united.add(collector.facts(List.of()).ranges().get(0));
    }
    assertEquals(
        List.of(new Range(4, 6), new Range(3, 5), new Range(4, 5), new Range(2, 9)), united);
  }
}
