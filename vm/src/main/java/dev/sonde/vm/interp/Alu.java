package dev.sonde.vm.interp;

/**
 * The arithmetic that Java does not have as eBPF does (RFC 9669, section 4.1): division by zero
 * gives 0, the remainder of it the dividend; MIN / -1 is MIN, which Java agrees with.
 */
public final class Alu {
  private Alu() {}

  /** Unsigned; the plain division of two non-negative numbers is what JDK 17 compiles well. */
  public static long div64(long a, long b) {
    if (b == 0) {
      return 0;
    }
    return (a | b) >= 0 ? a / b : Long.divideUnsigned(a, b);
  }

  /** Unsigned. */
  public static long mod64(long a, long b) {
    if (b == 0) {
      return a;
    }
    return (a | b) >= 0 ? a % b : Long.remainderUnsigned(a, b);
  }

  /** Unsigned; the caller zero-extends. */
  public static int div32(int a, int b) {
    return b == 0 ? 0 : (int) ((a & 0xffffffffL) / (b & 0xffffffffL));
  }

  /** Unsigned; the caller zero-extends. */
  public static int mod32(int a, int b) {
    return b == 0 ? a : (int) ((a & 0xffffffffL) % (b & 0xffffffffL));
  }

  public static long sdiv64(long a, long b) {
    return b == 0 ? 0 : a / b;
  }

  public static long smod64(long a, long b) {
    return b == 0 ? a : a % b;
  }

  public static int sdiv32(int a, int b) {
    return b == 0 ? 0 : a / b;
  }

  public static int smod32(int a, int b) {
    return b == 0 ? a : a % b;
  }
}
