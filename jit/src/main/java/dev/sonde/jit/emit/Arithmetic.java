package dev.sonde.jit.emit;

/** What the JVM divides otherwise than RFC 9669 (section 4.1): unsigned, and by zero. */
final class Arithmetic {
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
