package dev.sonde.verifier.domain;

import static dev.sonde.verifier.domain.Range.max;
import static dev.sonde.verifier.domain.Range.min;
import static java.lang.Long.compareUnsigned;

import org.jspecify.annotations.Nullable;

/**
 * A scalar in the making. Bits, bounds of the whole and bounds of the half are facts about one
 * number; {@link #settle} lets each teach the others until nothing new is learnt. Every rule only
 * ever tightens, and only by values that the facts already exclude (V-30).
 */
final class Knowledge {
  /** A sound place to stop: each round tightens something, and real ones need two or three. */
  private static final int MAX_ROUNDS = 16;

  private final Lane lane;
  private final Lane low;
  private Tnum bits;
  private boolean contradicted;
  private long umin;
  private long umax;
  private long smin;
  private long smax;
  private long lowUmin;
  private long lowUmax;
  private long lowSmin;
  private long lowSmax;

  Knowledge(Lane lane, Lane low, Tnum bits, Range whole, Range half) {
    this.lane = lane;
    this.low = low;
    this.bits = bits;
    umin = whole.umin();
    umax = whole.umax();
    smin = whole.smin();
    smax = whole.smax();
    lowUmin = half.umin();
    lowUmax = half.umax();
    lowSmin = half.smin();
    lowSmax = half.smax();
  }

  /** Returns all that follows, or null if no number fits. */
  @Nullable Scalar settle() {
    boundsFromBits();
    for (int round = 0; round < MAX_ROUNDS; round++) {
      deduce();
      singleValue();
      if (isEmpty() || !bitsFromBounds()) {
        break;
      }
      boundsFromBits();
    }
    return isEmpty()
        ? null
        : new Scalar(
            bits, new Range(umin, umax, smin, smax), new Range(lowUmin, lowUmax, lowSmin, lowSmax));
  }

  private boolean isEmpty() {
    return contradicted
        || compareUnsigned(umin, umax) > 0
        || smin > smax
        || compareUnsigned(lowUmin, lowUmax) > 0
        || lowSmin > lowSmax;
  }

  /** The bounds may leave a single value that has the bits: then it is that one. */
  private void singleValue() {
    long highest = bits.value() | bits.mask();
    if (bits.isConstant() || isEmpty() || compareUnsigned(umin, highest) > 0) {
      return;
    }
    long first = bits.atLeast(umin);
    boolean alone = first == highest || compareUnsigned(bits.atLeast(first + 1), umax) > 0;
    if (alone) {
      contradicted |= compareUnsigned(first, umax) > 0;
      umin = max(umin, first);
      umax = min(umax, first);
    }
  }

  /** The least value has every unknown bit 0, except that a signed one has its sign bit 1. */
  private void boundsFromBits() {
    long value = bits.value();
    long highest = value | bits.mask();
    umin = max(umin, value);
    umax = min(umax, highest);
    long sign = lane.signedMin() & bits.mask();
    smin = Math.max(smin, lane.signed(value | sign));
    smax = Math.min(smax, lane.signed(highest & ~sign));
    long lowValue = low.unsigned(value);
    long lowHighest = low.unsigned(highest);
    lowUmin = max(lowUmin, lowValue);
    lowUmax = min(lowUmax, lowHighest);
    long lowSign = low.signedMin() & bits.mask();
    lowSmin = Math.max(lowSmin, low.signed(lowValue | lowSign));
    lowSmax = Math.min(lowSmax, low.signed(lowHighest & ~lowSign));
  }

  /** Bounds only ever move inwards, so a distance changes whenever one of its two ends does. */
  private void deduce() {
    long distance;
    long signedDistance;
    long lowDistance;
    long lowSignedDistance;
    do {
      distance = umax - umin;
      signedDistance = smax - smin;
      lowDistance = lowUmax - lowUmin;
      lowSignedDistance = lowSmax - lowSmin;
      halfFromWhole();
      halfSignsAgree();
      wholeSignsAgree();
      wholeFromHalf();
    } while (!isEmpty()
        && (umax - umin != distance
            || smax - smin != signedDistance
            || lowUmax - lowUmin != lowDistance
            || lowSmax - lowSmin != lowSignedDistance));
  }

  private void halfFromWhole() {
    if (umin >>> low.bits() == umax >>> low.bits()) {
      boundLow(umin, umax);
    }
    if (smin >> low.bits() == smax >> low.bits()) {
      boundLow(smin, smax);
    }
    if (stepsOverHalf(umin, umax)) {
      boundLowSigned(umin, umax);
    }
    if (stepsOverHalf(smin, smax)) {
      boundLowSigned(smin, smax);
    }
  }

  /** The upper halves are equal: the low halves run from {@code from} to {@code to}. */
  private void boundLow(long from, long to) {
    if (compareUnsigned(low.unsigned(from), low.unsigned(to)) <= 0) {
      lowUmin = max(lowUmin, low.unsigned(from));
      lowUmax = min(lowUmax, low.unsigned(to));
    }
    if (low.signed(from) <= low.signed(to)) {
      boundLowSigned(from, to);
    }
  }

  /**
   * Tells whether the upper half grows by one on the way while the low half runs from a negative
   * number up to one that is not: then the low half, signed, never wraps.
   */
  private boolean stepsOverHalf(long from, long to) {
    return low.unsigned((from >> low.bits()) + 1) == low.unsigned(to >> low.bits())
        && low.signed(from) < 0
        && low.signed(to) >= 0;
  }

  private void boundLowSigned(long from, long to) {
    lowSmin = Math.max(lowSmin, low.signed(from));
    lowSmax = Math.min(lowSmax, low.signed(to));
  }

  /**
   * Signed and unsigned bounds teach each other where neither wraps in the other's order. A signed
   * interval across 0 is two unsigned pieces, one at each end; if the unsigned interval misses one
   * of the pieces, the number is in the other.
   */
  private void wholeSignsAgree() {
    if (lane.signed(umin) <= lane.signed(umax)) {
      smin = Math.max(smin, lane.signed(umin));
      smax = Math.min(smax, lane.signed(umax));
    }
    long from = lane.unsigned(smin);
    long to = lane.unsigned(smax);
    if (compareUnsigned(from, to) <= 0) {
      umin = max(umin, from);
      umax = min(umax, to);
    } else if (compareUnsigned(umax, from) < 0) {
      smin = Math.max(smin, lane.signed(umin));
      umax = min(umax, to);
    } else if (compareUnsigned(to, umin) < 0) {
      smax = Math.min(smax, lane.signed(umax));
      umin = max(umin, from);
    }
  }

  /** As {@link #wholeSignsAgree}. */
  private void halfSignsAgree() {
    if (low.signed(lowUmin) <= low.signed(lowUmax)) {
      boundLowSigned(lowUmin, lowUmax);
    }
    long from = low.unsigned(lowSmin);
    long to = low.unsigned(lowSmax);
    if (compareUnsigned(from, to) <= 0) {
      lowUmin = max(lowUmin, from);
      lowUmax = min(lowUmax, to);
    } else if (compareUnsigned(lowUmax, from) < 0) {
      lowSmin = Math.max(lowSmin, low.signed(lowUmin));
      lowUmax = min(lowUmax, to);
    } else if (compareUnsigned(to, lowUmin) < 0) {
      lowSmax = Math.min(lowSmax, low.signed(lowUmax));
      lowUmin = max(lowUmin, from);
    }
  }

  private void wholeFromHalf() {
    long upper = ~low.mask();
    umin = max(umin, umin & upper | lowUmin);
    umax = min(umax, umax & upper | lowUmax);
    smin = Math.max(smin, smin & upper | lowUmin);
    smax = Math.min(smax, smax & upper | lowUmax);
    if (lowSmin >= 0 && smin >= low.signedMin() && smax <= low.signedMax()) {
      // After a sign extension the upper half is all ones or all zeros; a low half without its
      // sign bit leaves only the zeros. Unsigned the same follows, since the signs agree then.
      smin = Math.max(smin, lowSmin);
      smax = Math.min(smax, lowSmax);
    }
  }

  /** Returns whether the bounds taught a bit. */
  private boolean bitsFromBounds() {
    Tnum before = bits;
    learn(Tnum.range(umin, umax));
    Tnum lowBits = Tnum.range(lowUmin, lowUmax);
    learn(new Tnum(lowBits.value(), lowBits.mask() | ~low.mask()));
    return bits.mask() != before.mask();
  }

  private void learn(Tnum other) {
    contradicted |= !bits.overlaps(other);
    bits = bits.intersect(other);
  }
}
