package dev.sonde.verifier.explore;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.require.Path;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks every path of a program depth first, as the kernel does ({@code do_check}), until each has
 * ended at an exit or at a state that is covered by an older one.
 */
public final class Explorer implements Path {
  private static final int MAX_PENDING = 8192;

  private final ControlFlow flow;
  private final int maxInsns;
  private final Step step;
  private final Precision precision;
  private final Pruning pruning;
  private final Trail trail;
  private final Deque<Cursor> pending = new ArrayDeque<>();
  private final Deque<Cursor> later = new ArrayDeque<>(); // functions that are proved on their own
  private final BitSet timers = new BitSet();
  private final BitSet callbacks = new BitSet();
  private final Map<Integer, List<State>> entries = new HashMap<>();
  private Cursor cursor;
  private int processed;
  private int jumps;

  public Explorer(
      ResolvedProgram program,
      ControlFlow flow,
      boolean strict,
      int maxInsns,
      long maxBytes,
      Facts facts,
      Trail trail) {
    this.flow = flow;
    this.maxInsns = maxInsns;
    this.trail = trail;
    step = new Step(program, flow, strict, this, facts);
    precision = new Precision(flow.insns());
    pruning = new Pruning(flow, strict, maxBytes, precision);
    State entry = State.entry(0, CallbackKind.NONE);
    entry.setReg(1, Reg.pointer(RegKind.CTX));
    cursor = new Cursor(entry, 0);
  }

  /**
   * Walks all paths.
   *
   * @throws Rejection if one of them is not safe, at {@link #insn}
   */
  public void run() {
    trail.begin(cursor.state);
    Cursor next = cursor;
    while (next != null) {
      cursor = next;
      walk();
      complete(cursor.parent);
      next = pending.poll();
      if (next != null) {
        trail.resume(next.logLength, next.previous, next.insn, next.state);
      } else {
        next = later.poll();
        if (next != null) {
          trail.enter(flow.subprogramAt(next.insn), next.insn, next.state);
        }
      }
    }
  }

  /** Returns the insn that the walk is at. */
  public int insn() {
    return cursor.insn;
  }

  /** Returns the state that the walk is in. */
  public State state() {
    return cursor.state;
  }

  public int processed() {
    return processed;
  }

  public int totalStates() {
    return pruning.total();
  }

  public int peakStates() {
    return pruning.peak();
  }

  public int maxStatesPerInsn() {
    return pruning.maxPerInsn();
  }

  /** Returns the states that paths ended at, generalised: what the certificate checker proves. */
  public List<Retained> retained() {
    List<Retained> retained = new ArrayList<>();
    for (Checkpoint kept : pruning.kept()) {
      retained.add(Retained.of(kept, flow));
    }
    return retained;
  }

  private void walk() {
    Cursor at = cursor;
    while (true) {
      if (++processed > maxInsns) {
        throw new Rejection(
            Errno.E2BIG, "BPF program is too large. Processed %d insn".formatted(processed));
      }
      if (flow.isPrunePoint(at.insn) && pruning.ends(at, processed, jumps)) {
        trail.safe(at.previous, at.insn);
        return;
      }
      trail.insn(at.insn, at.state, step);
      at.record();
      int next = step.run(at.state, at.insn);
      if (next == Step.END) {
        trail.state(at.state, step);
        return;
      }
      if (isJump(flow.insns().get(at.insn))) {
        jumps++;
      }
      if (at.state.depth() > depthOf(at)) {
        at.writtenSlots[at.state.current()] = -1;
      }
      at.enter(next);
    }
  }

  private static int depthOf(Cursor at) {
    return Objects.requireNonNull(at.history).frame + 1;
  }

  private static boolean isJump(Insn insn) {
    int insnClass = insn.opcode() & 7;
    return insnClass == Opcodes.JMP || insnClass == Opcodes.JMP32;
  }

  /** A path ended: states without any open path have complete marks. */
  private void complete(@Nullable Checkpoint from) {
    for (Checkpoint at = from; at != null; at = at.parent) {
      if (--at.branches > 0) {
        return;
      }
      pruning.loops().completed(at);
    }
  }

  // ---- what a step tells
  // ---------------------------------------------------------------------------

  private History last() {
    return Objects.requireNonNull(cursor.history);
  }

  @Override
  public void precise(int reg) {
    int frame = last().frame;
    if (cursor.state.frame(frame).reg(reg).isScalar() && reg != Opcodes.FRAME_POINTER) {
      precision.register(frame, reg);
      precision.trace(last().before, cursor.parent, frame);
    }
  }

  @Override
  public void preciseSlot(int frame, int slot) {
    precision.slot(frame, slot);
    precision.trace(last().before, cursor.parent, cursor.state.current());
  }

  @Override
  public void readsSlot(int frame, int slot) {
    cursor.readSlot(frame, slot);
  }

  @Override
  public void overwritesSlot(int frame, int slot) {
    cursor.writtenSlots[frame] |= 1L << slot;
  }

  @Override
  public void movesSlot(int frame, int slot) {
    last().slot = frame << 8 | slot;
  }

  @Override
  public void linked(int[] places) {
    last().linked = places;
  }

  @Override
  public void branch(State other, int insn) {
    if (pending.size() >= MAX_PENDING) {
      throw new Rejection(
          Errno.E2BIG, "The sequence of %d jumps is too complex.".formatted(MAX_PENDING + 1));
    }
    if (other.depth() > cursor.state.depth()) {
      callbacks.set(other.frame().subprogram());
    }
    Checkpoint parent = cursor.parent;
    if (parent != null) {
      parent.branches++;
    }
    Cursor fork = cursor.fork(other, insn);
    fork.logLength = trail.length();
    pending.push(fork);
  }

  /** Returns the subprograms that are begun by timers and called by nobody. */
  public BitSet timers() {
    BitSet only = (BitSet) timers.clone();
    only.andNot(callbacks);
    return only;
  }

  @Override
  public void begins(State entry, int insn) {
    if (entry.frame().callback() == CallbackKind.ASYNC) {
      timers.set(entry.frame().subprogram());
    }
    List<State> known = entries.computeIfAbsent(insn, at -> new ArrayList<>());
    for (State state : known) {
      if (hasSameArguments(state, entry)) {
        return;
      }
    }
    known.add(entry.copy());
    later.add(new Cursor(entry, insn));
  }

  private static boolean hasSameArguments(State a, State b) {
    for (int r = 1; r <= 5; r++) {
      if (!a.reg(r).withId(0).equals(b.reg(r).withId(0))) {
        return false;
      }
    }
    return true;
  }

  /** The state that was kept before this very insn is no earlier turn. */
  @Override
  public void loopBranch(State other, int insn, int loopInsn) {
    widen(other, loopInsn, cursor.parent == null ? null : cursor.parent.parent);
    branch(other, insn);
  }

  @Override
  public void widen(State state, int loopInsn) {
    widen(state, loopInsn, cursor.parent);
  }

  /** Scalars that differ from turn to turn and decide nothing become unknown: loops converge. */
  private void widen(State state, int loopInsn, @Nullable Checkpoint from) {
    Checkpoint before = from;
    while (before != null && !isTurnOf(before, state, loopInsn)) {
      before = before.parent;
    }
    if (before == null) {
      return;
    }
    for (int f = 0; f < state.depth(); f++) {
      Frame old = before.state.frame(f);
      for (int r = 0; r < 10; r++) {
        Reg reg = state.frame(f).reg(r);
        if (mayWiden(old.reg(r), reg, before.isPrecise(f, r))) {
          state.own(f).setReg(r, Reg.UNKNOWN);
        }
      }
      for (int s = 0; s < Math.min(old.slots(), state.frame(f).slots()); s++) {
        Reg reg = state.frame(f).spill(s); // unreadable where nothing is spilled
        if (mayWiden(old.spill(s), reg, before.isSlotPrecise(f, s))) {
          state.own(f).setSpill(s, Reg.UNKNOWN);
        }
      }
    }
  }

  private static boolean isTurnOf(Checkpoint before, State state, int insn) {
    if (before.insn != insn || before.state.depth() != state.depth()) {
      return false;
    }
    for (int f = 0; f < state.depth(); f++) {
      if (before.state.frame(f).callSite() != state.frame(f).callSite()) {
        return false;
      }
    }
    return true;
  }

  private static boolean mayWiden(Reg old, Reg now, boolean precise) {
    return old.isScalar() && now.isScalar() && !precise && !old.var().equals(now.var());
  }
}
