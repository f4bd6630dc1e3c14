package dev.sonde.verifier;

/**
 * @param logLevel bits as in bpf(2): 1 the failing path, 2 every insn, 4 statistics; 0 none
 * @param strict whether the unprivileged pointer-leak rules apply too
 * @param maxProcessedInsns how many insns the explorer may visit before it gives up
 */
public record VerifierOptions(int logLevel, boolean strict, int maxProcessedInsns) {
  /** The kernel's own limit (BPF_COMPLEXITY_LIMIT_INSNS). */
  public static final int KERNEL_LIMIT_INSNS = 1_000_000;

  public static final VerifierOptions DEFAULT = new VerifierOptions(0, false, KERNEL_LIMIT_INSNS);
}
