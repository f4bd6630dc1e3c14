package dev.sonde.verifier.kernel;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.require.Path;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The path on which the kernel refuses a program, walked by our own steps from its beginning to the
 * insn that is refused: tells what we know there and the kernel does not.
 */
final class RefusedPath implements Path {
  private static final int MOST_STATES = 64; // where both ways of a branch lead to the next insn
  private static final int MOST_WALKED = 20_000;

  /** What our steps make of the path. */
  enum End {
    /** Some branch of it never goes the way that the kernel goes. */
    NEVER_TAKEN,
    /** It leads to the insn that is refused. */
    REACHED,
    /** It is not told by the log, or our steps take another. */
    LOST
  }

  private record Way(int insn, State state) {}

  private final ControlFlow flow;
  private final Step step;
  private final List<Way> ways = new ArrayList<>();
  private final Map<Integer, State> begun = new HashMap<>(); // entries of global functions
  private final Map<Integer, State> turns = new HashMap<>(); // the last state at an insn
  private List<State> states = List.of();
  private End end = End.LOST;

  /**
   * Walks a path.
   *
   * @param insns what the log says was walked, in order; the last one is refused
   */
  RefusedPath(ResolvedProgram program, List<Integer> insns) {
    flow = ControlFlow.of(program);
    step = new Step(program, flow, false, this, Facts.NONE);
    State entry = insns.isEmpty() ? null : entry(insns.get(0));
    if (entry != null) {
      states = List.of(entry);
      end = walk(insns);
    }
  }

  End end() {
    return end;
  }

  /** Returns the states in which the refused insn is reached. */
  List<State> states() {
    return states;
  }

  private End walk(List<Integer> insns) {
    for (int i = 0; i + 1 < insns.size(); i++) {
      int next = insns.get(i + 1);
      List<State> reached = new ArrayList<>();
      for (State state : states) {
        for (Way way : steps(state, insns.get(i))) {
          if (way.insn() == next) {
            reached.add(way.state());
          }
        }
      }
      if (reached.isEmpty()) {
        return comparesNumbers(insns.get(i)) ? End.NEVER_TAKEN : End.LOST;
      }
      if (reached.size() > MOST_STATES) {
        return End.LOST;
      }
      states = reached;
    }
    return End.REACHED;
  }

  /** Tells whether the insn is a branch that compares numbers in all states. */
  private boolean comparesNumbers(int at) {
    Insn insn = flow.insns().get(at);
    int kind = insn.opcode() & 7;
    int op = insn.opcode() & 0xf0;
    boolean conditional =
        (kind == Opcodes.JMP || kind == Opcodes.JMP32)
            && op != Opcodes.JA
            && op != Opcodes.CALL_OP
            && op != Opcodes.EXIT_OP
            && op != Opcodes.JCOND;
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    return conditional
        && states.stream()
            .allMatch(
                state ->
                    state.reg(insn.dst()).isScalar()
                        && (!register || state.reg(insn.src()).isScalar()));
  }

  /** Returns where execution may go on after {@code insn}. */
  private List<Way> steps(State from, int insn) {
    ways.clear();
    State state = from.copy();
    State before = from.copy();
    try {
      int next = step.run(state, insn);
      if (next != Step.END) {
        ways.add(new Way(next, state));
      }
    } catch (Rejection rejection) {
      return List.of();
    }
    turns.put(insn, before);
    return List.copyOf(ways);
  }

  /** Returns the state in which the program, or one of its global functions, begins. */
  private @Nullable State entry(int insn) {
    State entry = State.entry(0, CallbackKind.NONE);
    entry.setReg(1, Reg.pointer(RegKind.CTX));
    if (insn == 0) {
      return entry;
    }
    BitSet seen = new BitSet();
    Deque<Way> open = new ArrayDeque<>(List.of(new Way(0, entry)));
    for (int walked = 0; !open.isEmpty() && walked < MOST_WALKED; walked++) {
      Way way = open.pop();
      if (!seen.get(way.insn())) {
        seen.set(way.insn());
        open.addAll(steps(way.state(), way.insn()));
      }
    }
    turns.clear();
    return begun.get(insn);
  }

  @Override
  public void branch(State other, int insn) {
    ways.add(new Way(insn, other));
  }

  @Override
  public void begins(State entry, int insn) {
    begun.putIfAbsent(insn, entry.copy());
    if (entry.frame().callback() == CallbackKind.ASYNC) {
      ways.add(new Way(insn, entry));
    }
  }

  @Override
  public void loopBranch(State other, int insn, int loopInsn) {
    widen(other, loopInsn);
    branch(other, insn);
  }

  /** All numbers that differ from the last turn's: those that the kernel widens are among them. */
  @Override
  public void widen(State state, int loopInsn) {
    State last = turns.get(loopInsn);
    if (last == null || last.depth() != state.depth()) {
      return;
    }
    for (int f = 0; f < state.depth(); f++) {
      for (int r = 0; r < 10; r++) {
        if (differ(last.frame(f).reg(r), state.frame(f).reg(r))) {
          state.own(f).setReg(r, Reg.UNKNOWN);
        }
      }
      for (int s = 0; s < Math.min(last.frame(f).slots(), state.frame(f).slots()); s++) {
        if (differ(last.frame(f).spill(s), state.frame(f).spill(s))) {
          state.own(f).setSpill(s, Reg.UNKNOWN);
        }
      }
    }
  }

  private static boolean differ(Reg last, Reg now) {
    return last.isScalar() && now.isScalar() && !last.var().equals(now.var());
  }

  // A path is walked as it is: precision and liveness are of no account.

  @Override
  public void precise(int reg) {}

  @Override
  public void preciseSlot(int frame, int slot) {}

  @Override
  public void readsSlot(int frame, int slot) {}

  @Override
  public void overwritesSlot(int frame, int slot) {}

  @Override
  public void movesSlot(int frame, int slot) {}

  @Override
  public void linked(int[] places) {}
}
