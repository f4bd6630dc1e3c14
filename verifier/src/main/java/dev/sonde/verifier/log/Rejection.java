package dev.sonde.verifier.log;

/**
 * A requirement that does not hold: how the verifier's rooms say no to each other. The root turns
 * it into a {@code VerificationException} with log and explanation.
 */
public final class Rejection extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int errno;

  /**
   * @param errno positive, what bpf(2) would answer
   * @param message the kernel's wording; its last line is the reason
   */
  public Rejection(int errno, String message) {
    super(message, null, false, false);
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }
}
