package dev.sonde.verifier;

/** A rejected program. The message explains it to a person; the log reads as the kernel's does. */
public final class VerificationException extends Exception {
  private static final long serialVersionUID = 1L;
  private final int errno;
  private final int insn;
  private final String log;

  /**
   * @param errno positive, what bpf(2) would answer (EACCES, EINVAL, E2BIG, ...)
   * @param insn where, -1 when it is about the whole program
   * @param message the explanation: insn, source line, register states, why, way out
   * @param log kernel-shaped, its last line the reason
   */
  public VerificationException(int errno, int insn, String message, String log) {
    super(message);
    this.errno = errno;
    this.insn = insn;
    this.log = log;
  }

  public int errno() {
    return errno;
  }

  public int insn() {
    return insn;
  }

  public String log() {
    return log;
  }
}
