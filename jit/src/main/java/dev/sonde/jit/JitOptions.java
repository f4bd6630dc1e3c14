package dev.sonde.jit;

/**
 * How to compile.
 *
 * @param checked whether before every access it is checked that memory is there ({@code jit:
 *     debug}): slow, and for finding faults of the verifier and the compiler themselves
 * @param maxInsns programs of more insns are declined: compiling them costs the JVM more than it
 *     gives back
 * @param maxMethodBytes functions of more bytes of bytecode, by estimate, become several methods:
 *     HotSpot compiles none of more than 8000 bytes; checks make code longer than the estimate
 */
public record JitOptions(boolean checked, int maxInsns, int maxMethodBytes) {
  public static final JitOptions DEFAULT = new JitOptions(false, 100_000, 7_500);
  public static final JitOptions DEBUG = new JitOptions(true, 100_000, 3_000);
}
