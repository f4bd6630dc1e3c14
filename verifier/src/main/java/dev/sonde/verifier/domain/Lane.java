package dev.sonde.verifier.domain;

/**
 * The width of a number: 64 or 32 bits in production, a few bits in exhaustive tests. Unsigned
 * values are kept zero-extended to a long, signed ones sign-extended, so that one code serves every
 * width.
 *
 * @param bits 1 to 64
 * @param mask all bits of the lane
 * @param signedMin the least signed value
 * @param signedMax the greatest signed value
 */
public record Lane(int bits, long mask, long signedMin, long signedMax) {
  /** Returns the lane of {@code bits} bits. */
  public static Lane of(int bits) {
    if (bits < 1 || bits > 64) {
      throw new IllegalArgumentException("lane: %d bits, want 1 to 64".formatted(bits));
    }
    return new Lane(bits, -1L >>> -bits, -1L << (bits - 1), ~(-1L << (bits - 1)));
  }

  long unsigned(long value) {
    return value & mask;
  }

  long signed(long value) {
    return value << -bits >> -bits;
  }

  boolean addOverflows(long a, long b) {
    long sum = a + b;
    return ((a ^ sum) & (b ^ sum)) < 0 || signed(sum) != sum;
  }

  boolean subOverflows(long a, long b) {
    long difference = a - b;
    return ((a ^ b) & (a ^ difference)) < 0 || signed(difference) != difference;
  }

  boolean mulOverflows(long a, long b) {
    long low = a * b;
    return Math.multiplyHigh(a, b) != low >> 63 || signed(low) != low;
  }

  boolean unsignedMulOverflows(long a, long b) {
    long high = Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    return high != 0 || (a * b & ~mask) != 0;
  }
}
