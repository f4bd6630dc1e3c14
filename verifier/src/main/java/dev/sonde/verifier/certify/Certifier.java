package dev.sonde.verifier.certify;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.require.Path;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.map.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/**
 * The trusted half of the verifier: proves by induction that every reachable insn is safe.
 *
 * <p>Starting at the entries, each state is executed forwards; where the certificate has a state
 * that includes what arrives, that one stands for it and is executed in its place, once. When
 * nothing is left to execute, every execution of the program is included in states whose insns were
 * all found safe. Where the certificate has no such state, what arrives is executed itself.
 *
 * <p>A state of the certificate may be too vague: executing it then fails although the program is
 * safe. It is struck out, and the proof is made again without it. A failure that no state of the
 * certificate is to blame for is a rejection.
 */
public final class Certifier {
  private static final int MAX_PROOFS = 6;

  /**
   * How many arrivals at an insn are remembered at first, and how many claims are compared: to
   * execute a state again costs less than to compare it with all of a long loop's, but may not come
   * to an end.
   */
  private static final int LATEST = 128;

  /** Makes the step over each insn, for the given listeners. */
  public interface Steps {
    Step with(Path path, Facts facts);
  }

  private record Entry(int insn, State state) {}

  private final Steps steps;
  private final Supplier<Observation> observations;
  private final IntPredicate meetsHere;
  private final long maxSteps;
  private final List<Entry> entries = new ArrayList<>();
  private long executed;

  /**
   * @param meetsHere the insns at which what arrives is compared
   * @param maxSteps after how many executed insns a proof gives up
   */
  public Certifier(
      Steps steps, Supplier<Observation> observations, IntPredicate meetsHere, long maxSteps) {
    this.steps = steps;
    this.observations = observations;
    this.meetsHere = meetsHere;
    this.maxSteps = maxSteps;
  }

  /** Adds a state in which execution may begin. */
  public void enter(int insn, State state) {
    entries.add(new Entry(insn, state.copy()));
  }

  /**
   * Proves the program and returns what the proof knows of it.
   *
   * @throws Rejection if some insn may do harm, or the end is too far
   */
  public ProgramFacts certify(Certificate certificate) {
    int lookBack = LATEST;
    for (int proof = 1; ; proof++) {
      if (proof == MAX_PROOFS) {
        certificate.clear();
      }
      Observation observation = observations.get();
      Proof attempt = new Proof(steps, observation, meetsHere, maxSteps, lookBack, certificate);
      entries.forEach(entry -> attempt.enter(entry.insn(), entry.state().copy()));
      try {
        if (attempt.holds()) {
          return observation.collected();
        }
      } catch (Proof.Endless endless) {
        if (lookBack == Integer.MAX_VALUE) {
          throw new Rejection(Errno.E2BIG, String.valueOf(endless.getMessage()));
        }
        lookBack = Integer.MAX_VALUE;
      } finally {
        executed += attempt.executed();
      }
    }
  }

  /** Returns how many insns were executed in all proofs. */
  public long executed() {
    return executed;
  }
}
