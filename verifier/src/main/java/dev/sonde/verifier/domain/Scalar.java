package dev.sonde.verifier.domain;

import org.jspecify.annotations.Nullable;

/**
 * A number as the verifier knows it: its bits, the bounds of the whole and the bounds of its low
 * half. What it stands for is what fits all three. Unchangeable; made by {@link ScalarDomain}.
 */
public final class Scalar {
  private final Tnum bits;
  private final Range whole;
  private final Range half;

  Scalar(Tnum bits, Range whole, Range half) {
    this.bits = bits;
    this.whole = whole;
    this.half = half;
  }

  public Tnum bits() {
    return bits;
  }

  /** Returns the bounds of all 64 bits. */
  public Range whole() {
    return whole;
  }

  /** Returns the bounds of the low 32 bits, in longs: see {@link Range}. */
  public Range half() {
    return half;
  }

  public long umin() {
    return whole.umin();
  }

  public long umax() {
    return whole.umax();
  }

  public long smin() {
    return whole.smin();
  }

  public long smax() {
    return whole.smax();
  }

  public int u32min() {
    return (int) half.umin();
  }

  public int u32max() {
    return (int) half.umax();
  }

  public int s32min() {
    return (int) half.smin();
  }

  public int s32max() {
    return (int) half.smax();
  }

  public boolean isConstant() {
    return bits.mask() == 0;
  }

  /** Returns the value of a constant; meaningless unless {@link #isConstant}. */
  public long value() {
    return bits.value();
  }

  /** Tells whether every value of {@code other} is one of this (range_within and tnum_in). */
  public boolean includes(Scalar other) {
    return this == other
        || whole.includes(other.whole) && half.includes(other.half) && bits.includes(other.bits);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return this == object
        || object instanceof Scalar other
            && bits.equals(other.bits)
            && whole.equals(other.whole)
            && half.equals(other.half);
  }

  @Override
  public int hashCode() {
    return 31 * bits.hashCode() + whole.hashCode();
  }

  @Override
  public String toString() {
    return isConstant()
        ? Long.toString(value())
        : "scalar(" + bits + ", " + whole + ", " + half + ")";
  }
}
