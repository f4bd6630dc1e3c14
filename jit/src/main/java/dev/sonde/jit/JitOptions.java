package dev.sonde.jit;

/**
 * How to compile.
 *
 * @param checked whether every access is checked against the memory that this process knows to be
 *     ours ({@code jit: debug}): slow, and for finding faults of the compiler itself
 * @param maxInsns programs of more insns are declined: compiling them costs the JVM more than it
 *     gives back
 */
public record JitOptions(boolean checked, int maxInsns) {
  public static final JitOptions DEFAULT = new JitOptions(false, 100_000);
  public static final JitOptions DEBUG = new JitOptions(true, 100_000);
}
