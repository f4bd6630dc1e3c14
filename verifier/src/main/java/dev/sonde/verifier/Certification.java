package dev.sonde.verifier;

import dev.sonde.verifier.certify.Certificate;
import dev.sonde.verifier.certify.Certifier;
import dev.sonde.verifier.certify.Observation;
import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.explore.Explorer;
import dev.sonde.verifier.explore.Retained;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.program.ResolvedProgram;

/** Has the checker prove what the explorer found. */
final class Certification {
  /** The checker may need more insns than the explorer where its claims do not fit. */
  private static final int STEPS_PER_PROCESSED = 8;

  private static final int STEPS_AT_LEAST = 100_000;

  private Certification() {}

  /**
   * Proves {@code program} anew, with the explorer's states as claims.
   *
   * @throws Rejection if the checker cannot: explorer and checker disagree
   */
  static ProgramFacts of(
      ResolvedProgram program, ControlFlow flow, VerifierOptions options, Explorer explorer) {
    Certificate certificate = new Certificate();
    for (Retained retained : explorer.retained()) {
      certificate.add(retained.insn(), retained.state());
    }
    Certifier certifier =
        new Certifier(
            (path, facts) -> new Step(program, flow, options.strict(), path, facts),
            () -> new Observation(program, flow),
            flow::isPrunePoint,
            STEPS_AT_LEAST + (long) STEPS_PER_PROCESSED * explorer.processed());
    State entry = State.entry(0, CallbackKind.NONE);
    entry.setReg(1, Reg.pointer(RegKind.CTX));
    certifier.enter(0, entry);
    try {
      return certifier.certify(certificate);
    } catch (Rejection rejection) {
      throw new Rejection(
          rejection.errno(),
          "the checker does not confirm what the explorer found: " + rejection.getMessage());
    }
  }
}
