package dev.sonde.verifier.explore;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.explore.Comparison.Mode;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The states kept at prune points: ends a path that comes to one that is covered, keeps new ones as
 * often as pays ({@code is_state_visited}, Linux 6.18): V-170 to V-176.
 */
final class Pruning {
  private static final int MIN_JUMPS = 2;
  private static final int MIN_INSNS = 8;
  private static final int LOOP_JUMPS = 20;
  private static final int LOOP_INSNS = 100;
  private static final int KEEP_FACTOR = 3;
  private static final int KEEP_FACTOR_IN_LOOPS = 64;

  private final ControlFlow flow;
  private final long maxBytes;
  private final Comparison comparison;
  private final Precision precision;
  private final Loops loops;
  private final @Nullable List<Checkpoint>[] byInsn;
  private final List<Checkpoint> retired = new ArrayList<>();
  private int insnsAtLast;
  private int jumpsAtLast;
  private int total;
  private int peak;
  private long bytes;
  private int maxPerInsn;

  @SuppressWarnings({"unchecked", "rawtypes"}) // there are no generic arrays
  Pruning(ControlFlow flow, boolean strict, long maxBytes, Precision precision) {
    this.maxBytes = maxBytes;
    this.flow = flow;
    this.precision = precision;
    comparison = new Comparison(flow, strict);
    loops = new Loops(precision);
    byInsn = new List[flow.insns().size()];
  }

  Loops loops() {
    return loops;
  }

  int total() {
    return total;
  }

  int peak() {
    return peak;
  }

  int maxPerInsn() {
    return maxPerInsn;
  }

  /** Returns every state that a path ended at or may have, for the certificate. */
  List<Checkpoint> kept() {
    List<Checkpoint> all = new ArrayList<>(retired);
    for (List<Checkpoint> at : byInsn) {
      if (at != null) {
        all.addAll(at);
      }
    }
    return all;
  }

  /**
   * Tells whether the path may end here; if not, may have kept its state.
   *
   * @param insns how many insns were processed so far
   * @param jumps how many jumps
   */
  boolean ends(Cursor cursor, int insns, int jumps) {
    boolean always = flow.isCheckpoint(cursor.insn);
    boolean adds = always || jumps - jumpsAtLast >= MIN_JUMPS && insns - insnsAtLast >= MIN_INSNS;
    boolean early = jumps - jumpsAtLast < LOOP_JUMPS && insns - insnsAtLast < LOOP_INSNS;
    List<Checkpoint> here = byInsn[cursor.insn];
    if (here != null) {
      maxPerInsn = Math.max(maxPerInsn, here.size());
      for (int i = here.size() - 1; i >= 0; i--) {
        Checkpoint old = here.get(i);
        if (old.branches > 0) {
          if (closesLoop(old, cursor)) {
            old.hits++;
            loops.close(old, cursor);
            return true;
          }
          adds &= always || !early;
        } else if (comparison.covers(
            old, cursor.state, old.waitsFor() != null ? Mode.RANGES : Mode.PRECISE)) {
          old.hits++;
          hit(old, cursor);
          return true;
        }
        if (adds) {
          missed(here, i, old, always);
        }
      }
    }
    if (adds) {
      keep(cursor, insns, jumps);
    }
    return false;
  }

  private void missed(List<Checkpoint> here, int index, Checkpoint old, boolean always) {
    old.misses++;
    int factor = always && old.branches > 0 ? KEEP_FACTOR_IN_LOOPS : KEEP_FACTOR;
    if (old.misses > old.hits * factor + factor) {
      here.remove(index);
      if (old.hits > 0 || old.branches > 0) {
        retired.add(old); // a path ended at it, or may yet: the certificate needs it
      } else {
        bytes -= old.bytes();
      }
    }
  }

  private void keep(Cursor cursor, int insns, int jumps) {
    Checkpoint checkpoint = new Checkpoint(cursor.state.copy(), cursor.insn, cursor);
    List<Checkpoint> here = byInsn[cursor.insn];
    if (here == null) {
      here = new ArrayList<>();
      byInsn[cursor.insn] = here;
    }
    here.add(checkpoint);
    total++;
    bytes += checkpoint.bytes();
    if (bytes > maxBytes) {
      throw new Rejection(
          Errno.ENOMEM,
          "the states of the program take %d MB, want %d MB at most: it has too many paths"
              .formatted(bytes >> 20, maxBytes >> 20));
    }
    peak++;
    insnsAtLast = insns;
    jumpsAtLast = jumps;
    cursor.restartFrom(checkpoint);
  }

  /** The path goes on as the old one did: what mattered there matters here. */
  private void hit(Checkpoint old, Cursor cursor) {
    Checkpoint head = old.waitsFor();
    if (head != null) {
      loops.waitFor(cursor.parent, head);
    }
    propagate(precision, old, cursor.state, cursor.history, cursor.parent);
    for (int f = 0; f < cursor.state.depth(); f++) {
      for (long bits = old.readSlots[f]; bits != 0; bits &= bits - 1) {
        cursor.readSlot(f, Long.numberOfTrailingZeros(bits));
      }
    }
  }

  static void propagate(
      Precision precision,
      Checkpoint old,
      State state,
      @Nullable History history,
      @Nullable Checkpoint parent) {
    for (int f = 0; f < state.depth(); f++) {
      Frame before = old.state.frame(f);
      for (int r = 0; r < 10; r++) {
        if (old.isPrecise(f, r) && before.reg(r).isScalar()) {
          precision.register(f, r);
        }
      }
      for (long bits = old.preciseSlots[f]; bits != 0; bits &= bits - 1) {
        int slot = Long.numberOfTrailingZeros(bits);
        if (before.spill(slot).isScalar()) {
          precision.slot(f, slot);
        }
      }
    }
    precision.trace(history, parent, state.current());
  }

  /** A state on the very path that led here: a loop that either converges or goes round. */
  private boolean closesLoop(Checkpoint old, Cursor cursor) {
    Insn insn = flow.insns().get(cursor.insn);
    if (insn.opcode() == Opcodes.MAY_GOTO) {
      return old.state.turns() != cursor.state.turns()
          && comparison.covers(old, cursor.state, Mode.RANGES);
    }
    if (flow.callsBack(cursor.insn)) {
      return comparison.covers(old, cursor.state, Mode.RANGES);
    }
    if (flow.stepsIterator(cursor.insn)) {
      return isActive(cursor.state) && comparison.covers(old, cursor.state, Mode.RANGES);
    }
    boolean sameDepths =
        old.state.turns() == cursor.state.turns()
            && old.state.callbackDepth() == cursor.state.callbackDepth();
    if (sameDepths && comparison.covers(old, cursor.state, Mode.EXACT)) {
      throw new Rejection(
          Errno.EINVAL,
          "infinite loop detected at insn %d\ncur state:%s\nold state:%s"
              .formatted(cursor.insn, text(cursor.state), text(old.state)));
    }
    return false;
  }

  /** Tells whether the iterator that is about to be stepped may have another element. */
  private static boolean isActive(State state) {
    Reg at = state.reg(1);
    int first = ~at.off(); // the byte, counted from the top
    return at.kind() == RegKind.STACK
        && first >= 0
        && state.frame(at.extra()).spill(first / Frame.SLOT_BYTES).has(Reg.ACTIVE);
  }

  private static String text(State state) {
    return state.text(state.current(), -1, -1L);
  }
}
