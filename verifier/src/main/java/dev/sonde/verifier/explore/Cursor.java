package dev.sonde.verifier.explore;

import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Opcodes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where a path is: the state, the insn to come, and how it came here since the last checkpoint. */
final class Cursor {
  final State state;
  int insn;
  int previous;
  @Nullable Checkpoint parent;
  @Nullable History history;
  final long[] writtenSlots;
  int logLength;

  Cursor(State state, int insn) {
    this.state = state;
    this.insn = insn;
    previous = -1;
    writtenSlots = new long[Opcodes.MAX_CALL_FRAMES];
    Arrays.fill(writtenSlots, -1);
  }

  private Cursor(State state, int insn, Cursor from) {
    this.state = state;
    this.insn = insn;
    previous = from.insn;
    parent = from.parent;
    history = from.history;
    writtenSlots = from.writtenSlots.clone();
  }

  /** Returns another way on from here, in {@code other}. */
  Cursor fork(State other, int insn) {
    Cursor fork = new Cursor(other, insn, this);
    if (other.depth() > state.depth()) {
      fork.writtenSlots[other.current()] = -1;
    }
    return fork;
  }

  void enter(int next) {
    previous = insn;
    insn = next;
  }

  void record() {
    boolean inCallback = state.frame().callback() != CallbackKind.NONE;
    history = new History(insn, state.current(), inCallback, history);
  }

  /** All that is known lies in {@code checkpoint} from now on. */
  void restartFrom(Checkpoint checkpoint) {
    parent = checkpoint;
    history = null;
    Arrays.fill(writtenSlots, 0);
  }

  /** What a stack slot holds is needed here: also in every state before it was last written. */
  void readSlot(int frame, int slot) {
    long bit = 1L << slot;
    if ((writtenSlots[frame] & bit) != 0) {
      return;
    }
    for (Checkpoint at = parent; at != null; at = at.parent) {
      if ((at.readSlots[frame] & bit) != 0) {
        return;
      }
      at.readSlots[frame] |= bit;
      if ((at.writtenSlots[frame] & bit) != 0) {
        return;
      }
    }
  }
}
