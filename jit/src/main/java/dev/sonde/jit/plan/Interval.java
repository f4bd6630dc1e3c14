package dev.sonde.jit.plan;

import dev.sonde.vm.isa.AluOp;

/**
 * The values from {@code min} to {@code max}, signed, both included.
 *
 * <p>Each operation answers all values when it cannot do better: this is a coarse net, made for the
 * indices and bytes of loops; what the verifier knows is put beside it.
 */
record Interval(long min, long max) {
  static final long U32 = 0xffffffffL;
  static final Interval ALL = new Interval(Long.MIN_VALUE, Long.MAX_VALUE);
  static final Interval WORD = new Interval(0, U32);

  static Interval of(long value) {
    return new Interval(value, value);
  }

  boolean isNonNegative() {
    return min >= 0;
  }

  boolean isConstant() {
    return min == max;
  }

  Interval unite(Interval other) {
    return new Interval(Math.min(min, other.min), Math.max(max, other.max));
  }

  /** Returns what is in both; this one if, against all proofs, nothing is. */
  Interval intersect(Interval other) {
    long low = Math.max(min, other.min);
    long high = Math.min(max, other.max);
    return low <= high ? new Interval(low, high) : this;
  }

  /** Returns the values of the lower half, zero-extended. */
  Interval word() {
    return min >= 0 && max <= U32 ? this : WORD;
  }

  /** Returns the results of {@code this op other} in 64 bits. */
  Interval apply(AluOp op, Interval other) {
    return switch (op) {
      case ADD -> plus(other);
      case SUB -> minus(other);
      case MUL -> times(other);
      case AND -> and(other);
      case OR, XOR ->
          isNonNegative() && other.isNonNegative()
              ? new Interval(0, Math.max(filled(max), filled(other.max)))
              : ALL;
      case LSH -> shiftLeft(other);
      case RSH -> shiftRight(other);
      case ARSH ->
          other.isConstant() && other.min >= 0 && other.min < 64
              ? new Interval(min >> other.min, max >> other.min)
              : isNonNegative() ? new Interval(0, max) : ALL;
      case DIV, MOD -> isNonNegative() && other.isNonNegative() ? new Interval(0, max) : ALL;
      default -> ALL;
    };
  }

  // Sums are tested as Math.addExact tests them: an exception is far too slow on the way to ALL.

  private Interval plus(Interval other) {
    long low = min + other.min;
    long high = max + other.max;
    boolean over = ((min ^ low) & (other.min ^ low) | (max ^ high) & (other.max ^ high)) < 0;
    return over ? ALL : new Interval(low, high);
  }

  private Interval minus(Interval other) {
    long low = min - other.max;
    long high = max - other.min;
    boolean over = ((min ^ other.max) & (min ^ low) | (max ^ other.min) & (max ^ high)) < 0;
    return over ? ALL : new Interval(low, high);
  }

  private Interval times(Interval other) {
    boolean fits =
        isNonNegative()
            && other.isNonNegative()
            && Math.multiplyHigh(max, other.max) == 0
            && max * other.max >= 0;
    return fits ? new Interval(min * other.min, max * other.max) : ALL;
  }

  private Interval and(Interval other) {
    if (isNonNegative() && other.isNonNegative()) {
      return new Interval(0, Math.min(max, other.max));
    }
    if (isNonNegative() || other.isNonNegative()) {
      return new Interval(0, isNonNegative() ? max : other.max);
    }
    return ALL;
  }

  private Interval shiftLeft(Interval other) {
    boolean bounded = isNonNegative() && other.min >= 0 && other.max < 63;
    return bounded && max <= Long.MAX_VALUE >> other.max
        ? new Interval(min << other.min, max << other.max)
        : ALL;
  }

  private Interval shiftRight(Interval other) {
    boolean bounded = other.min >= 0 && other.max < 64;
    if (isNonNegative()) {
      return bounded ? new Interval(min >> other.max, max >> other.min) : new Interval(0, max);
    }
    return bounded && other.min > 0 ? new Interval(0, -1L >>> other.min) : ALL;
  }

  /** Returns the least 2^n - 1 that is not less than {@code value}. */
  private static long filled(long value) {
    return value <= 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(value);
  }
}
