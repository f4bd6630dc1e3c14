package dev.sonde.verifier.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must be precise before an insn, so that something is behind it. */
class PrecisionTest {
  private static final int SLOTS = 12;

  /** Two frames in which everything is a scalar, but r6, slot 6 and what is behind the slots. */
  private static State state(int depth) {
    State state = State.entry(0, CallbackKind.NONE);
    if (depth > 1) {
      state.push(Frame.enter(1, 1, 0, CallbackKind.NONE));
    }
    for (int f = 0; f < depth; f++) {
      for (int r = 0; r < 10; r++) {
        state.own(f).setReg(r, r == 6 ? Reg.pointer(RegKind.CTX) : Reg.UNKNOWN);
      }
      for (int s = 0; s < SLOTS; s++) {
        state.own(f).setSpill(s, s == 6 ? Reg.pointer(RegKind.CTX) : Reg.UNKNOWN);
        for (int j = 0; j < Frame.SLOT_BYTES; j++) {
          state.own(f).setType(s * Frame.SLOT_BYTES + j, Frame.SPILL);
        }
      }
    }
    return state;
  }

  private static Checkpoint checkpoint(int depth) {
    State state = state(depth);
    return new Checkpoint(state, 0, new Cursor(state, 0));
  }

  private static String marks(Checkpoint at) {
    List<String> marks = new ArrayList<>();
    for (int f = 0; f < at.state.depth(); f++) {
      for (int r = 0; r < 11; r++) {
        if (at.isPrecise(f, r)) {
          marks.add(place(f, "r", r));
        }
      }
      for (int s = 0; s < 64; s++) {
        if (at.isSlotPrecise(f, s)) {
          marks.add(place(f, "s", s));
        }
      }
    }
    return String.join(" ", marks);
  }

  private static String place(int frame, String kind, int number) {
    return (frame == 0 ? "" : frame + ":") + kind + number;
  }

  private static void ask(Precision precision, String places) {
    for (String place : places.split(" ")) {
      int frame = place.contains(":") ? 1 : 0;
      String name = place.substring(place.indexOf(':') + 1);
      int number = Integer.parseInt(name.substring(1));
      if (name.startsWith("r")) {
        precision.register(frame, number);
      } else {
        precision.slot(frame, number);
      }
    }
  }

  /** The insn, the slot that it moves or -, what is asked for behind it, what is needed before. */
  @ParameterizedTest
  @CsvSource({
    "mov %r1; 5,-,r1,-",
    "mov %r1; %r2,-,r1,r2",
    "mov %r1; %r2,-,r3,r3",
    "mov %r1; %r10,-,r1,-",
    "mov %r1; %r6,-,r1,-",
    "movsx864 %r1; %r2,-,r1 r2,r2",
    "add %r1; 5,-,r1,r1",
    "add %r1; %r2,-,r1,r1 r2",
    "add %r1; %r2,-,r2,r2",
    "sub32 %r1; %r10,-,r1,r1",
    "neg %r1,-,r1,r1",
    "neg32 %r1,-,r1,r1",
    "be16 %r1,-,r1,r1",
    "le16 %r1,-,r1,r1",
    "bswap32 %r1,-,r1,r1",
    "lddw %r1; 7,-,r1 r0,r0",
    "ldabsb 4,-,r0 r1,r1",
    "ldindb %r7; 4,-,r0 r7,r7",
    "ldxw %r1; [%r2+0],-,r1 r2,r2",
    "ldxdw %r1; [%r10-8],0,r1,s0",
    "ldxdw %r1; [%r10-8],0,r3,r3",
    "ldxdw %r1; [%r10-56],6,r1,-",
    "stxdw [%r10-8]; %r1,0,s0,r1",
    "stxdw [%r10-8]; %r1,0,s0 s1,r1 s1",
    "stxdw [%r10-8]; %r1,0,s1,s1",
    "stxdw [%r2+0]; %r1,-,s0,s0",
    "stdw [%r10-8]; 5,0,s0,-",
    "stdw [%r10-8]; 5,0,s1 r1,r1 s1",
    "lock add [%r10-8]; %r1,0,r1,r1",
    "lock fetch add [%r10-8]; %r1,0,r1,s0",
    "lock fetch add [%r10-8]; %r1,-,r1 r2,r2",
    "lock xchg [%r10-8]; %r1,0,r1,s0",
    "lock cmpxchg [%r10-8]; %r1,0,r0 r1,r1 s0",
    "lock cmpxchg [%r10-8]; %r1,0,r1,r1",
    "load_acquire %r1; [%r10-8],0,r1,s0",
    "load_acquire %r1; [%r10-8],0,r3,r3",
    "store_release [%r10-8]; %r1,0,s0,r1",
    "store_release [%r10-8]; %r1,0,r1 s1,r1 s1",
    "jeq %r1; 5; +0,-,r1,r1",
    "jeq %r1; %r2; +0,-,r1,r1 r2",
    "jlt32 %r1; %r2; +0,-,r2,r1 r2",
    "jeq %r1; %r2; +0,-,r3,r3",
    "jeq %r1; %r10; +0,-,r1,r1",
    "ja +0,-,r1,r1",
    "may_goto +0,-,r0 r1,r0 r1",
    "call 7,-,r0 r1 r5 r7,r7",
    "exit,-,r0 r1,r0 r1"
  })
  void anInsnIsUndone(String insn, String slot, String asked, String needed) {
    Precision precision = new Precision(Assembler.assemble(insn.replace(';', ',')));
    History node = new History(0, 0, false, null);
    node.slot = slot.equals("-") ? History.NO_SLOT : Integer.parseInt(slot);
    Checkpoint at = checkpoint(1);
    ask(precision, asked);
    precision.trace(node, at, 0);
    assertEquals(needed.replace("-", ""), marks(at), insn);
    Checkpoint next = checkpoint(1);
    precision.trace(null, next, 0);
    assertEquals("", marks(next), "something is left");
  }

  /** In frame 1, whose insns touch slots of either frame. */
  @ParameterizedTest
  @CsvSource({
    "mov %r1; %r2,-,1:r1 r1,r1 1:r2",
    "ldxdw %r1; [%r2+0],3,1:r1,s3",
    "ldxdw %r1; [%r10-8],259,1:r1,1:s3",
    "stxdw [%r2+0]; %r1,3,s3 1:s3,1:r1 1:s3",
    "stxdw [%r10-8]; %r1,259,s3 1:s3,s3 1:r1",
    "jeq %r1; %r2; +0,-,1:r1 r4,r4 1:r1 1:r2",
    "lock fetch add [%r2+0]; %r1,3,1:r1,s3",
    "call 7,-,1:r0 r0,r0"
  })
  void anInsnOfACalleeIsUndone(String insn, String slot, String asked, String needed) {
    Precision precision = new Precision(Assembler.assemble(insn.replace(';', ',')));
    History node = new History(0, 1, false, null);
    node.slot = slot.equals("-") ? History.NO_SLOT : Integer.parseInt(slot);
    Checkpoint at = checkpoint(2);
    ask(precision, asked);
    precision.trace(node, at, 1);
    assertEquals(needed, marks(at), insn);
  }

  private static final String CALLS =
      """
      call local f
      exit
      f:
      exit
      call 181
      call 164
      call 209
      """;

  private static String marks(int insn, int frame, boolean inCallback, int next, String asked) {
    List<Insn> insns = Assembler.assemble(CALLS);
    Precision precision = new Precision(insns);
    Checkpoint at = checkpoint(frame + 1);
    ask(precision, asked);
    precision.trace(new History(insn, frame, inCallback, null), at, next);
    return marks(at);
  }

  @Test
  void argumentsComeFromTheCallerAndResultsFromTheCallee() {
    assertEquals("r1 r5", marks(0, 0, false, 1, "1:r1 1:r5 1:r7 1:s2"));
    assertEquals("r1 r7 s3", marks(0, 0, false, 1, "1:r1 r7 s3"));
    assertEquals("1:r0", marks(2, 1, false, 0, "r0"));
    assertEquals("r7 1:r0", marks(2, 1, false, 0, "r0 r7"));
    assertEquals("r0", marks(2, 1, true, 0, "r0"));
    assertEquals("1:r0", marks(2, 1, true, 1, "1:r0"));
    assertEquals("r7", marks(2, 1, false, 0, "r7"));
  }

  @Test
  void aCallbackFindsItsContextInTheThirdArgument() {
    assertEquals("r3", marks(3, 0, false, 1, "1:r2"));
    assertEquals("", marks(3, 0, false, 1, "1:r1 1:r3 1:r4"));
    assertEquals("r3 r7", marks(4, 0, false, 1, "1:r4 r7"));
    assertEquals("", marks(4, 0, false, 1, "1:r2 1:r3"));
  }

  /** A branch taught of r1, of frame 1's r2 and of slot 3 together. */
  @Test
  void whatABranchRefinedTogetherIsNeededTogether() {
    int[] together = {1, 1 << 8 | 2, 1 << 16 | 3, 1 << 16 | 1 << 8 | 4};
    for (String asked : List.of("r1", "1:r2", "s3", "1:s4")) {
      Precision precision = new Precision(Assembler.assemble("jeq %r7, 0, +0"));
      History node = new History(0, 1, false, null);
      node.linked = together;
      Checkpoint at = checkpoint(2);
      ask(precision, asked);
      precision.trace(node, at, 1);
      assertEquals("r1 s3 1:r2 1:s4", marks(at), asked);
    }
    Precision precision = new Precision(Assembler.assemble("jeq %r7, 0, +0"));
    History node = new History(0, 1, false, null);
    node.linked = together;
    Checkpoint at = checkpoint(2);
    ask(precision, "1:r1 r2 1:s3 s4");
    precision.trace(node, at, 1);
    assertEquals("r2 s4 1:r1 1:s3", marks(at));
  }

  /** The insn brings in what the branch had refined with others. */
  @Test
  void whatAnInsnNeedsBringsInItsFellows() {
    Precision precision = new Precision(Assembler.assemble("jeq %r1, %r2, +0"));
    History node = new History(0, 0, false, null);
    node.linked = new int[] {2, 5};
    Checkpoint at = checkpoint(1);
    ask(precision, "r1");
    precision.trace(node, at, 0);
    assertEquals("r1 r2 r5", marks(at));
  }

  /** A fellow of an operand brings in the other operand. */
  @Test
  void whatIsNeededWithAnOperandBringsInTheOther() {
    Precision precision = new Precision(Assembler.assemble("jeq %r1, %r2, +0"));
    History node = new History(0, 0, false, null);
    node.linked = new int[] {1, 5};
    Checkpoint at = checkpoint(1);
    ask(precision, "r5");
    precision.trace(node, at, 0);
    assertEquals("r1 r2 r5", marks(at));
  }

  private static Checkpoint behind(Checkpoint parent, @Nullable History history) {
    State state = state(1);
    Cursor cursor = new Cursor(state, 0);
    cursor.parent = parent;
    cursor.history = history;
    return new Checkpoint(state, 0, cursor);
  }

  @Test
  void marksAreSetUpToWhereTheNumberComesFrom() {
    List<Insn> insns = Assembler.assemble("mov %r3, %r4\nmov %r2, %r3\nmov %r1, %r2\nmov %r4, 1");
    Precision precision = new Precision(insns);
    Checkpoint first = checkpoint(1);
    Checkpoint second = behind(first, new History(0, 0, false, new History(3, 0, false, null)));
    Checkpoint third = behind(second, new History(1, 0, false, null));
    ask(precision, "r1");
    precision.trace(new History(2, 0, false, null), third, 0);
    assertEquals("r2", marks(third));
    assertEquals("r3", marks(second));
    assertEquals("", marks(first));
    ask(precision, "r5 s7 r6 s6 s20");
    precision.trace(null, third, 0);
    assertEquals("r2 r5 s7", marks(third));
    assertEquals("r5 s7", marks(first));
    assertEquals(1, second.depth);
  }
}
