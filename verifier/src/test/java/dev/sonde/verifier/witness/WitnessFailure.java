package dev.sonde.verifier.witness;

/** An accepted program did what the verifier said it cannot: a bug of the verifier. */
final class WitnessFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WitnessFailure(String message) {
    super(message);
  }
}
