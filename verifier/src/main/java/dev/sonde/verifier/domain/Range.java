package dev.sonde.verifier.domain;

import static java.lang.Long.compareUnsigned;

/**
 * The bounds of a number in one lane, all included: unsigned ones zero-extended, signed ones
 * sign-extended. The numbers meant are those that lie in both intervals.
 */
public record Range(long umin, long umax, long smin, long smax) {
  static Range unknown(Lane lane) {
    return new Range(0, lane.mask(), lane.signedMin(), lane.signedMax());
  }

  static Range constant(long value, Lane lane) {
    long unsigned = lane.unsigned(value);
    long signed = lane.signed(value);
    return new Range(unsigned, unsigned, signed, signed);
  }

  /** Returns the unsigned interval; the signed one follows if no value in it has another sign. */
  static Range ofUnsigned(long umin, long umax, Lane lane) {
    long low = lane.signed(umin);
    long high = lane.signed(umax);
    return low <= high
        ? new Range(umin, umax, low, high)
        : new Range(umin, umax, lane.signedMin(), lane.signedMax());
  }

  static Range ofSigned(long smin, long smax, Lane lane) {
    return new Range(0, lane.mask(), smin, smax);
  }

  boolean includes(Range other) {
    return compareUnsigned(umin, other.umin) <= 0
        && compareUnsigned(umax, other.umax) >= 0
        && smin <= other.smin
        && smax >= other.smax;
  }

  boolean contains(long unsigned, long signed) {
    return compareUnsigned(umin, unsigned) <= 0
        && compareUnsigned(unsigned, umax) <= 0
        && smin <= signed
        && signed <= smax;
  }

  /** Tells whether no number can be in both, as their bounds alone show. */
  boolean isApartFrom(Range other) {
    return compareUnsigned(umin, other.umax) > 0
        || compareUnsigned(umax, other.umin) < 0
        || smin > other.smax
        || smax < other.smin;
  }

  /** The unsigned sum stays bounded if no pair of values wraps around, or if every pair does. */
  Range add(Range other, Lane lane) {
    long low = lane.unsigned(umin + other.umin);
    long high = lane.unsigned(umax + other.umax);
    boolean someWrap = compareUnsigned(low, umin) >= 0 && compareUnsigned(high, umax) < 0;
    boolean overflows = lane.addOverflows(smin, other.smin) || lane.addOverflows(smax, other.smax);
    return new Range(
        someWrap ? 0 : low,
        someWrap ? lane.mask() : high,
        overflows ? lane.signedMin() : smin + other.smin,
        overflows ? lane.signedMax() : smax + other.smax);
  }

  Range sub(Range other, Lane lane) {
    boolean someWrap =
        compareUnsigned(umin, other.umax) < 0 && compareUnsigned(umax, other.umin) >= 0;
    boolean overflows = lane.subOverflows(smin, other.smax) || lane.subOverflows(smax, other.smin);
    return new Range(
        someWrap ? 0 : lane.unsigned(umin - other.umax),
        someWrap ? lane.mask() : lane.unsigned(umax - other.umin),
        overflows ? lane.signedMin() : smin - other.smax,
        overflows ? lane.signedMax() : smax - other.smin);
  }

  Range mul(Range other, Lane lane) {
    boolean wraps = lane.unsignedMulOverflows(umax, other.umax);
    boolean overflows =
        lane.mulOverflows(smin, other.smin)
            || lane.mulOverflows(smin, other.smax)
            || lane.mulOverflows(smax, other.smin)
            || lane.mulOverflows(smax, other.smax);
    long a = smin * other.smin;
    long b = smin * other.smax;
    long c = smax * other.smin;
    long d = smax * other.smax;
    return new Range(
        wraps ? 0 : umin * other.umin,
        wraps ? lane.mask() : umax * other.umax,
        overflows ? lane.signedMin() : Math.min(Math.min(a, b), Math.min(c, d)),
        overflows ? lane.signedMax() : Math.max(Math.max(a, b), Math.max(c, d)));
  }

  /** {@code bits} are those of the result; they say all that the signs of the operands could. */
  Range and(Range other, Tnum bits, Lane lane) {
    return ofUnsigned(bits.value(), min(umax, other.umax), lane);
  }

  Range or(Range other, Tnum bits, Lane lane) {
    return ofUnsigned(max(umin, other.umin), bits.value() | bits.mask(), lane);
  }

  static Range xor(Tnum bits, Lane lane) {
    return ofUnsigned(bits.value(), bits.value() | bits.mask(), lane);
  }

  /** A shift that might push a set bit out says nothing; else the unsigned interval moves. */
  Range lsh(int shift, Lane lane) {
    if (shift >= lane.bits() || compareUnsigned(umax, 1L << (lane.bits() - 1 - shift)) > 0) {
      return unknown(lane);
    }
    return new Range(umin << shift, umax << shift, lane.signedMin(), lane.signedMax());
  }

  Range rsh(int shift, Lane lane) {
    return new Range(umin >>> shift, umax >>> shift, lane.signedMin(), lane.signedMax());
  }

  Range arsh(int shift, Lane lane) {
    return ofSigned(smin >> shift, smax >> shift, lane);
  }

  static long min(long a, long b) {
    return compareUnsigned(a, b) < 0 ? a : b;
  }

  static long max(long a, long b) {
    return compareUnsigned(a, b) > 0 ? a : b;
  }
}
