package dev.sonde.verifier;

/**
 * How a program is verified, and within what limits.
 *
 * @param logLevel bits as in bpf(2): 1 the failing path, 2 every insn, 4 statistics; 0 none
 * @param strict whether the unprivileged pointer-leak rules apply too
 * @param maxProcessedInsns how many insns the explorer may visit before it gives up
 * @param maxStateBytes how much memory the explorer's states may take, about
 */
public record VerifierOptions(
    int logLevel, boolean strict, int maxProcessedInsns, long maxStateBytes) {
  /** The kernel's own limit (BPF_COMPLEXITY_LIMIT_INSNS). */
  public static final int KERNEL_LIMIT_INSNS = 1_000_000;

  /** More states than this are a program that is too complex, not one that needs patience. */
  public static final long MOST_STATE_BYTES = 256L << 20;

  /** No program may take the heap of the application: what is too complex for it is refused. */
  private static final int HEAP_SHARE = 4;

  private static final long STATE_BYTES =
      Math.min(MOST_STATE_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE);

  /** As the canonical constructor, with the usual memory. */
  public VerifierOptions(int logLevel, boolean strict, int maxProcessedInsns) {
    this(logLevel, strict, maxProcessedInsns, STATE_BYTES);
  }

  public static final VerifierOptions DEFAULT = new VerifierOptions(0, false, KERNEL_LIMIT_INSNS);
}
