package dev.sonde.verifier.explore;

import dev.sonde.verifier.transfer.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Paths that ended at a state of their own past. What that state needs is not known before all its
 * paths are walked, so its marks go round the loop again then, until nothing is new (V-176).
 */
final class Loops {
  private record BackEdge(
      Checkpoint head,
      State state,
      @Nullable History history,
      @Nullable Checkpoint parent,
      long[] written) {}

  private final Precision precision;
  private final List<BackEdge> open = new ArrayList<>();

  Loops(Precision precision) {
    this.precision = precision;
  }

  /** The path of {@code cursor} is covered by {@code head}, which it came from. */
  void close(Checkpoint head, Cursor cursor) {
    if (head.loopHead == null) {
      head.loopHead = head;
    }
    waitFor(cursor.parent, head);
    open.add(
        new BackEdge(
            head, cursor.state.copy(), cursor.history, cursor.parent, cursor.writtenSlots.clone()));
  }

  /** All states from {@code from} up to {@code head} have complete marks only when it has. */
  void waitFor(@Nullable Checkpoint from, Checkpoint head) {
    for (Checkpoint at = from; at != null && at.depth > head.depth; at = at.parent) {
      if (at.loopHead == null || at.loopHead.depth > head.depth) {
        at.loopHead = head;
      }
    }
  }

  /** Called when the last path from {@code checkpoint} has ended. */
  void completed(Checkpoint checkpoint) {
    if (checkpoint.loopHead != checkpoint) {
      return; // there is none, or it waits for an outer one
    }
    boolean changed = true;
    while (changed) {
      long before = marks();
      for (BackEdge edge : open) {
        carry(edge);
      }
      changed = marks() != before;
    }
    open.removeIf(edge -> edge.head.depth >= checkpoint.depth);
  }

  private void carry(BackEdge edge) {
    Pruning.propagate(precision, edge.head, edge.state, edge.history, edge.parent);
    Cursor cursor = new Cursor(edge.state, edge.head.insn);
    cursor.parent = edge.parent;
    System.arraycopy(edge.written, 0, cursor.writtenSlots, 0, edge.written.length);
    for (int f = 0; f < edge.state.depth(); f++) {
      for (long bits = edge.head.readSlots[f]; bits != 0; bits &= bits - 1) {
        cursor.readSlot(f, Long.numberOfTrailingZeros(bits));
      }
    }
  }

  /** Returns how many marks there are on the states of all open loops and above them. */
  private long marks() {
    long count = 0;
    for (BackEdge edge : open) {
      count += marksUp(edge.parent);
    }
    return count;
  }

  private static long marksUp(@Nullable Checkpoint from) {
    long count = 0;
    for (Checkpoint at = from; at != null; at = at.parent) {
      for (int f = 0; f < at.preciseRegs.length; f++) {
        count += Integer.bitCount(at.preciseRegs[f]) + Long.bitCount(at.preciseSlots[f]);
        count += Long.bitCount(at.readSlots[f]);
      }
    }
    return count;
  }
}
