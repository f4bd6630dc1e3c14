package dev.sonde.verifier.domain;

/**
 * A number of which some bits are known: where {@code mask} is 0 the bit is that of {@code value},
 * where it is 1 it may be either. The rules are those of "Sound, Precise, and Fast Abstract
 * Interpretation with Tristate Numbers" (CGO 2022); the product is the more precise one that unites
 * both cases of an unknown bit (Linux 6.18).
 *
 * <p>Every rule works on 64 bits; a narrower number is {@link #within} its lane, and no rule lets a
 * high bit influence a lower one.
 *
 * @param value the known bits; 0 where unknown
 * @param mask the unknown bits
 */
public record Tnum(long value, long mask) {
  public static final Tnum UNKNOWN = new Tnum(0, -1);
  private static final Tnum ZERO = new Tnum(0, 0);

  public static Tnum constant(long value) {
    return new Tnum(value, 0);
  }

  /** Returns the least tnum that holds every value from {@code min} to {@code max}, unsigned. */
  public static Tnum range(long min, long max) {
    int differing = 64 - Long.numberOfLeadingZeros(min ^ max);
    if (differing == 64) {
      return UNKNOWN;
    }
    long mask = (1L << differing) - 1;
    return new Tnum(min & ~mask, mask);
  }

  public boolean isConstant() {
    return mask == 0;
  }

  /** Tells whether every value of {@code other} is one of this. */
  public boolean includes(Tnum other) {
    return (other.mask & ~mask) == 0 && (other.value & ~mask) == value;
  }

  public boolean contains(long number) {
    return (number & ~mask) == value;
  }

  /**
   * Returns the least value of this that is not below {@code bound}, unsigned; {@code bound} must
   * not be above the greatest one.
   *
   * <p>The highest bit where {@code bound} contradicts a known bit decides: if the known bit is 1,
   * all below may be least; if it is 0, the next higher unknown bit that {@code bound} has clear
   * must be set.
   */
  long atLeast(long bound) {
    long conflicts = (bound ^ value) & ~mask;
    if (conflicts == 0) {
      return bound;
    }
    long top = Long.highestOneBit(conflicts);
    long above = ~(top | top - 1);
    if ((value & top) != 0) {
      return value | bound & mask & above;
    }
    long raised = Long.lowestOneBit(mask & ~bound & above);
    return value | raised | bound & mask & ~(raised | raised - 1);
  }

  /** Tells whether some value is in both. */
  public boolean overlaps(Tnum other) {
    return ((value ^ other.value) & ~mask & ~other.mask) == 0;
  }

  /** Returns the values in both, which must overlap. */
  Tnum intersect(Tnum other) {
    long unknown = mask & other.mask;
    return new Tnum((value | other.value) & ~unknown, unknown);
  }

  Tnum union(Tnum other) {
    long unknown = value ^ other.value | mask | other.mask;
    return new Tnum(value & other.value & ~unknown, unknown);
  }

  /** Returns the low bits that {@code laneMask} covers, everything above known to be 0. */
  Tnum within(long laneMask) {
    return (value | mask) == ((value | mask) & laneMask)
        ? this
        : new Tnum(value & laneMask, mask & laneMask);
  }

  Tnum add(Tnum other) {
    long masks = mask + other.mask;
    long values = value + other.value;
    long carries = masks + values ^ values;
    long unknown = carries | mask | other.mask;
    return new Tnum(values & ~unknown, unknown);
  }

  Tnum sub(Tnum other) {
    long values = value - other.value;
    long highest = values + mask;
    long lowest = values - other.mask;
    long unknown = highest ^ lowest | mask | other.mask;
    return new Tnum(values & ~unknown, unknown);
  }

  Tnum neg() {
    return ZERO.sub(this);
  }

  Tnum mul(Tnum other) {
    Tnum product = ZERO;
    Tnum addend = other;
    for (Tnum rest = this; (rest.value | rest.mask) != 0; rest = rest.rsh(1)) {
      if ((rest.value & 1) != 0) {
        product = product.add(addend);
      } else if ((rest.mask & 1) != 0) {
        product = product.union(product.add(addend));
      }
      addend = addend.lsh(1);
    }
    return product;
  }

  Tnum and(Tnum other) {
    long possible = (value | mask) & (other.value | other.mask);
    long certain = value & other.value;
    return new Tnum(certain, possible & ~certain);
  }

  Tnum or(Tnum other) {
    long certain = value | other.value;
    return new Tnum(certain, (mask | other.mask) & ~certain);
  }

  Tnum xor(Tnum other) {
    long unknown = mask | other.mask;
    return new Tnum((value ^ other.value) & ~unknown, unknown);
  }

  Tnum lsh(int shift) {
    return new Tnum(value << shift, mask << shift);
  }

  Tnum rsh(int shift) {
    return new Tnum(value >>> shift, mask >>> shift);
  }

  /** Shifts right and repeats the sign bit of {@code lane}, known or not. */
  Tnum arsh(int shift, Lane lane) {
    return new Tnum(
        lane.unsigned(lane.signed(value) >> shift), lane.unsigned(lane.signed(mask) >> shift));
  }

  /** Reverses the order of the low {@code bits / 8} bytes; everything above must be 0. */
  Tnum reverseBytes(int bits) {
    return new Tnum(Long.reverseBytes(value) >>> 64 - bits, Long.reverseBytes(mask) >>> 64 - bits);
  }
}
