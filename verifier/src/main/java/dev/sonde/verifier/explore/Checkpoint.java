package dev.sonde.verifier.explore;

import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * A state kept at an insn, to which later ones are compared; it never changes but for its marks.
 */
final class Checkpoint {
  private static final int OWN_BYTES = 400;
  private static final int FRAME_BYTES = 240; // its registers; what they hold is shared mostly
  private static final int SLOT_BYTES = 16;

  final State state;
  final int insn;
  final @Nullable Checkpoint parent;
  final @Nullable History history; // from the parent to here
  final int depth;
  final int[] preciseRegs;
  final long[] preciseSlots;
  final long[] readSlots;
  final long[] writtenSlots; // between the parent and here
  int branches = 1;
  int hits;
  int misses;

  /** The loop head whose turns must end before the marks are complete; null: none. */
  @Nullable Checkpoint loopHead;

  Checkpoint(State state, int insn, Cursor cursor) {
    this.state = state;
    this.insn = insn;
    this.parent = cursor.parent;
    this.history = cursor.history;
    this.depth = cursor.parent == null ? 0 : cursor.parent.depth + 1;
    preciseRegs = new int[state.depth()];
    preciseSlots = new long[state.depth()];
    readSlots = new long[Opcodes.MAX_CALL_FRAMES];
    writtenSlots = cursor.writtenSlots.clone();
  }

  /** Returns how much memory this keeps that no other state shares, about. */
  long bytes() {
    return OWN_BYTES + state.depth() * FRAME_BYTES + (long) state.frame().slots() * SLOT_BYTES;
  }

  /** Returns the outermost loop head that this waits for, null when the marks are complete. */
  @Nullable Checkpoint waitsFor() {
    Checkpoint head = loopHead;
    while (head != null && head.loopHead != null && head.loopHead != head) {
      head = head.loopHead;
    }
    return head != null && head.branches > 0 ? head : null;
  }

  boolean isPrecise(int frame, int reg) {
    return (preciseRegs[frame] & 1 << reg) != 0;
  }

  boolean isSlotPrecise(int frame, int slot) {
    return (preciseSlots[frame] & 1L << slot) != 0;
  }
}
