package dev.sonde.jit.emit;

/** What the JVM divides otherwise than RFC 9669 (section 4.1): unsigned, and by zero. */
final class Arithmetic {
  /** From JDK 19 on the JVM's compiler makes one insn of it. */
  private static final boolean DIVIDES_UNSIGNED = Runtime.version().feature() >= 19;

  private Arithmetic() {}

  /** Two values below 2^63 need no unsigned division, which is slow on JDK 17. */
  static long divide(long a, long b) {
    if (b == 0) {
      return 0;
    }
    return (a | b) >= 0 ? a / b : Long.divideUnsigned(a, b);
  }

  static long modulo(long a, long b) {
    if (b == 0) {
      return a;
    }
    return (a | b) >= 0 ? a % b : Long.remainderUnsigned(a, b);
  }

  /** In 32 bits, unsigned: half as long as in 64 on many a machine. */
  static int divide(int a, int b) {
    if (b == 0) {
      return 0;
    }
    if (DIVIDES_UNSIGNED) {
      return Integer.divideUnsigned(a, b);
    }
    return (a | b) >= 0 ? a / b : (int) ((a & 0xffffffffL) / (b & 0xffffffffL));
  }

  static int modulo(int a, int b) {
    if (b == 0) {
      return a;
    }
    if (DIVIDES_UNSIGNED) {
      return Integer.remainderUnsigned(a, b);
    }
    return (a | b) >= 0 ? a % b : (int) ((a & 0xffffffffL) % (b & 0xffffffffL));
  }

  static long divideSigned(long a, long b) {
    return b == 0 ? 0 : a / b;
  }

  static long moduloSigned(long a, long b) {
    return b == 0 ? a : a % b;
  }

  static int divideSigned(int a, int b) {
    return b == 0 ? 0 : a / b;
  }

  static int moduloSigned(int a, int b) {
    return b == 0 ? a : a % b;
  }
}
