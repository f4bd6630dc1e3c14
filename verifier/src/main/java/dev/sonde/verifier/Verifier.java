package dev.sonde.verifier;

import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;

/** Proves programs: the only way to a {@link VerifiedProgram}. */
public final class Verifier {
  private Verifier() {}

  /**
   * Proves that no run of {@code program} can harm the JVM.
   *
   * @throws VerificationException if it cannot be proved; errno and log as bpf(2) would answer
   */
  public static VerifiedProgram verify(ResolvedProgram program, VerifierOptions options)
      throws VerificationException {
    throw new VerificationException(
        Errno.EOPNOTSUPP,
        -1,
        "program \"%s\": no path explorer in this build".formatted(program.spec().name()),
        "");
  }
}
