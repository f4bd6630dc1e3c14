package dev.sonde.verifier.certify;

import dev.sonde.verifier.certify.Certificate.Claim;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Path;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** One attempt at executing everything that is reachable: see {@link Certifier}. */
final class Proof implements Path {
  /** A proof that was given up because it took too long. */
  static final class Endless extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Endless(long steps) {
      super("certificate: %d insns executed without an end".formatted(steps), null, false, false);
    }
  }

  /**
   * Executions that are still to be followed.
   *
   * @param from the insn that they came from, -1 at an entry
   * @param claim the state of the certificate from which this follows, null for none
   */
  private record Walk(int insn, State state, int from, @Nullable Claim claim) {}

  private final Step step;
  private final Observation observation;
  private final IntPredicate meetsHere;
  private final long maxSteps;
  private final int lookBack;
  private final Certificate certificate;
  private final Inclusion inclusion = new Inclusion();
  private final Map<Integer, Met> metAt = new HashMap<>();
  private final Deque<Walk> open = new ArrayDeque<>();
  private final List<Walk> branches = new ArrayList<>();
  private Walk current = new Walk(-1, State.entry(0, CallbackKind.NONE), -1, null);
  private long executed;
  private boolean struck;

  Proof(
      Certifier.Steps steps,
      Observation observation,
      IntPredicate meetsHere,
      long maxSteps,
      int lookBack,
      Certificate certificate) {
    this.observation = observation;
    this.meetsHere = meetsHere;
    this.maxSteps = maxSteps;
    this.lookBack = lookBack;
    this.certificate = certificate;
    step = steps.with(this, observation.facts());
    step.idsAbove(certificate.greatestId());
  }

  /** The states that are or will be executed at one insn. */
  private final class Met {
    private final List<Claim> claims;
    private final boolean[] used;
    private final List<State> arrived = new ArrayList<>();
    private int lastClaim;

    Met(int insn) {
      claims = certificate.at(insn);
      used = new boolean[claims.size()];
    }

    /** States arrive much in the order in which they were found: go on from the last match. */
    @Nullable Claim claim(State state) {
      for (int i = 0; i < Math.min(claims.size(), lookBack); i++) {
        int index = (lastClaim + i) % claims.size();
        Claim claim = claims.get(index);
        if (!claim.wrong && inclusion.includes(claim.state, state)) {
          lastClaim = index;
          return claim;
        }
      }
      return null;
    }

    boolean isFirstUse(Claim claim) {
      boolean before = used[lastClaim];
      used[lastClaim] = true;
      return !before && claims.get(lastClaim) == claim;
    }

    boolean hasArrived(State state) {
      for (int i = arrived.size() - 1; i >= 0; i--) {
        if (inclusion.includes(arrived.get(i), state)) {
          return true;
        }
      }
      return false;
    }

    void arrives(State state) {
      if (arrived.size() == lookBack) {
        arrived.remove(0);
      }
      arrived.add(state.copy());
    }
  }

  void enter(int insn, State state) {
    arrive(new Walk(insn, state, -1, null));
  }

  /**
   * Executes everything.
   *
   * @return false if a state of the certificate was struck out: then this attempt proves nothing
   * @throws Rejection if the program is to blame
   */
  boolean holds() {
    while (!open.isEmpty()) {
      follow(open.pop());
    }
    return !struck;
  }

  long executed() {
    return executed;
  }

  private void arrive(Walk walk) {
    observation.edge(walk.from(), walk.insn(), walk.state());
    if (!meetsHere.test(walk.insn())) {
      open.push(walk);
      return;
    }
    Met met = metAt.computeIfAbsent(walk.insn(), Met::new);
    Claim claim = met.claim(walk.state());
    if (claim != null) {
      if (met.isFirstUse(claim)) {
        open.push(new Walk(walk.insn(), claim.state.copy(), walk.from(), claim));
      }
    } else if (!met.hasArrived(walk.state())) {
      met.arrives(walk.state());
      open.push(walk);
    }
  }

  private void follow(Walk walk) {
    Claim claim = walk.claim();
    if (claim != null && claim.wrong) {
      return;
    }
    if (executed++ >= maxSteps) {
      throw new Endless(maxSteps);
    }
    try {
      stepOver(walk);
    } catch (Rejection rejection) {
      if (claim == null) {
        throw rejection;
      }
      claim.wrong = true;
      struck = true;
    }
  }

  private void stepOver(Walk walk) {
    current = walk;
    branches.clear();
    observation.before(walk.insn(), walk.state());
    int next = step.run(walk.state(), walk.insn());
    branches.forEach(this::arrive);
    if (next != Step.END) {
      arrive(new Walk(next, walk.state(), walk.insn(), walk.claim()));
    }
  }

  @Override
  public void branch(State other, int insn) {
    branches.add(new Walk(insn, other, current.insn(), current.claim()));
  }

  @Override
  public void begins(State entry, int insn) {
    branches.add(new Walk(insn, entry, -1, null));
  }

  @Override
  public void loopBranch(State other, int insn, int loopInsn) {
    branch(other, insn);
  }

  // Precision, liveness, links and widening are the explorer's matter: a claim holds or it does
  // not.

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

  @Override
  public void widen(State state, int loopInsn) {}
}
