package dev.sonde.verifier.domain;

import static java.lang.Long.compareUnsigned;

import dev.sonde.vm.isa.Opcodes;
import org.jspecify.annotations.Nullable;

/** The conditional jumps: which way they always go (V-41) and what each way teaches (V-40). */
final class Comparison {
  private final ScalarDomain domain;
  private final Lane lane;
  private final Lane low;

  Comparison(ScalarDomain domain) {
    this.domain = domain;
    lane = domain.lane();
    low = domain.low();
  }

  Decision decide(int operation, boolean wide, Scalar a, Scalar b) {
    Tnum x = wide ? a.bits() : a.bits().within(low.mask());
    Tnum y = wide ? b.bits() : b.bits().within(low.mask());
    Range r = wide ? a.whole() : a.half();
    Range s = wide ? b.whole() : b.half();
    return switch (operation) {
      case Opcodes.JEQ -> decideEqual(wide, a, b, x, y);
      case Opcodes.JNE -> opposite(decideEqual(wide, a, b, x, y));
      case Opcodes.JSET -> decideSet(x, y);
      case Opcodes.JGT -> decideGreater(r, s);
      case Opcodes.JLE -> opposite(decideGreater(r, s));
      case Opcodes.JLT -> decideGreater(s, r);
      case Opcodes.JGE -> opposite(decideGreater(s, r));
      case Opcodes.JSGT -> decideSignedGreater(r, s);
      case Opcodes.JSLE -> opposite(decideSignedGreater(r, s));
      case Opcodes.JSLT -> decideSignedGreater(s, r);
      case Opcodes.JSGE -> opposite(decideSignedGreater(s, r));
      default -> throw unknownOperation(operation);
    };
  }

  private static IllegalArgumentException unknownOperation(int operation) {
    return new IllegalArgumentException("jump operation 0x%x: no comparison".formatted(operation));
  }

  private static Decision opposite(Decision decision) {
    return switch (decision) {
      case ALWAYS -> Decision.NEVER;
      case NEVER -> Decision.ALWAYS;
      case UNKNOWN -> Decision.UNKNOWN;
    };
  }

  private static Decision decideEqual(boolean wide, Scalar a, Scalar b, Tnum x, Tnum y) {
    if (x.isConstant() && y.isConstant()) {
      return x.value() == y.value() ? Decision.ALWAYS : Decision.NEVER;
    }
    boolean apart =
        !x.overlaps(y)
            || wide && a.whole().isApartFrom(b.whole())
            || a.half().isApartFrom(b.half());
    return apart ? Decision.NEVER : Decision.UNKNOWN;
  }

  private static Decision decideSet(Tnum x, Tnum y) {
    if ((x.value() & y.value()) != 0) {
      return Decision.ALWAYS;
    }
    boolean disjoint = ((x.value() | x.mask()) & (y.value() | y.mask())) == 0;
    return disjoint ? Decision.NEVER : Decision.UNKNOWN;
  }

  private static Decision decideGreater(Range r, Range s) {
    if (compareUnsigned(r.umin(), s.umax()) > 0) {
      return Decision.ALWAYS;
    }
    return compareUnsigned(r.umax(), s.umin()) <= 0 ? Decision.NEVER : Decision.UNKNOWN;
  }

  private static Decision decideSignedGreater(Range r, Range s) {
    if (r.smin() > s.smax()) {
      return Decision.ALWAYS;
    }
    return r.smax() <= s.smin() ? Decision.NEVER : Decision.UNKNOWN;
  }

  @Nullable Refined refine(int operation, boolean wide, Scalar a, Scalar b, boolean taken) {
    return switch (operation) {
      case Opcodes.JEQ -> taken ? equal(wide, a, b) : different(wide, a, b);
      case Opcodes.JNE -> taken ? different(wide, a, b) : equal(wide, a, b);
      case Opcodes.JSET -> taken ? someBitSet(wide, a, b) : noBitSet(wide, a, b);
      case Opcodes.JGT -> taken ? swapped(less(wide, b, a)) : lessOrEqual(wide, a, b);
      case Opcodes.JLE -> taken ? lessOrEqual(wide, a, b) : swapped(less(wide, b, a));
      case Opcodes.JLT -> taken ? less(wide, a, b) : swapped(lessOrEqual(wide, b, a));
      case Opcodes.JGE -> taken ? swapped(lessOrEqual(wide, b, a)) : less(wide, a, b);
      case Opcodes.JSGT -> taken ? swapped(signedLess(wide, b, a)) : signedLessOrEqual(wide, a, b);
      case Opcodes.JSLE -> taken ? signedLessOrEqual(wide, a, b) : swapped(signedLess(wide, b, a));
      case Opcodes.JSLT -> taken ? signedLess(wide, a, b) : swapped(signedLessOrEqual(wide, b, a));
      case Opcodes.JSGE -> taken ? swapped(signedLessOrEqual(wide, b, a)) : signedLess(wide, a, b);
      default -> throw unknownOperation(operation);
    };
  }

  private static @Nullable Refined swapped(@Nullable Refined refined) {
    return refined == null ? null : new Refined(refined.src(), refined.dst());
  }

  private @Nullable Refined equal(boolean wide, Scalar a, Scalar b) {
    if (wide) {
      Scalar both = domain.meet(a, b);
      return both == null ? null : new Refined(both, both);
    }
    Tnum x = a.bits().within(low.mask());
    Tnum y = b.bits().within(low.mask());
    if (!x.overlaps(y)) {
      return null;
    }
    Range half = ScalarDomain.meet(a.half(), b.half());
    Tnum bits = x.intersect(y);
    return refined(withLowBits(a, bits, half), withLowBits(b, bits, half));
  }

  private @Nullable Scalar withLowBits(Scalar scalar, Tnum lowBits, Range half) {
    long upper = ~low.mask();
    Tnum bits =
        new Tnum(
            scalar.bits().value() & upper | lowBits.value(),
            scalar.bits().mask() & upper | lowBits.mask());
    return domain.settle(bits, scalar.whole(), half);
  }

  private static @Nullable Refined refined(@Nullable Scalar a, @Nullable Scalar b) {
    return a == null || b == null ? null : new Refined(a, b);
  }

  /** Only a constant at the very end of the other's bounds takes something away. */
  private @Nullable Refined different(boolean wide, Scalar a, Scalar b) {
    if (isConstant(b, wide)) {
      return refined(without(wide, a, b), b);
    }
    return isConstant(a, wide) ? refined(a, without(wide, b, a)) : new Refined(a, b);
  }

  private boolean isConstant(Scalar scalar, boolean wide) {
    return wide ? scalar.isConstant() : scalar.bits().within(low.mask()).isConstant();
  }

  private @Nullable Scalar without(boolean wide, Scalar scalar, Scalar constant) {
    return wide
        ? domain.settle(
            scalar.bits(), without(scalar.whole(), constant.value(), lane), scalar.half())
        : domain.settle(
            scalar.bits(), scalar.whole(), without(scalar.half(), constant.value(), low));
  }

  /** An interval of nothing but the value becomes an empty one, which {@code settle} sees. */
  private static Range without(Range range, long value, Lane lane) {
    long unsigned = lane.unsigned(value);
    long signed = lane.signed(value);
    if (range.umin() == range.umax() && range.umin() == unsigned) {
      return new Range(1, 0, range.smin(), range.smax());
    }
    return new Range(
        range.umin() == unsigned ? range.umin() + 1 : range.umin(),
        range.umax() == unsigned ? range.umax() - 1 : range.umax(),
        range.smin() == signed ? range.smin() + 1 : range.smin(),
        range.smax() == signed ? range.smax() - 1 : range.smax());
  }

  /** A constant of one bit that is set: the bit is known to be set. */
  private @Nullable Refined someBitSet(boolean wide, Scalar a, Scalar b) {
    if (isConstant(b, wide)) {
      return refined(withBitSet(wide, a, b), b);
    }
    return isConstant(a, wide) ? refined(a, withBitSet(wide, b, a)) : new Refined(a, b);
  }

  private @Nullable Scalar withBitSet(boolean wide, Scalar scalar, Scalar constant) {
    long value = wide ? constant.value() : low.unsigned(constant.value());
    if (value == 0) {
      return null;
    }
    return Long.bitCount(value) == 1
        ? domain.settle(scalar.bits().or(Tnum.constant(value)), scalar.whole(), scalar.half())
        : scalar;
  }

  /**
   * No bit of a constant is set: all of them are known to be 0. The bounds are forgotten, as Linux
   * does since 6.17 so that bits and bounds cannot contradict each other on a dead path.
   */
  private @Nullable Refined noBitSet(boolean wide, Scalar a, Scalar b) {
    if (isConstant(b, wide)) {
      return refined(withBitsClear(wide, a, b), b);
    }
    return isConstant(a, wide) ? refined(a, withBitsClear(wide, b, a)) : new Refined(a, b);
  }

  private @Nullable Scalar withBitsClear(boolean wide, Scalar scalar, Scalar constant) {
    long value = wide ? constant.value() : low.unsigned(constant.value());
    if ((scalar.bits().value() & value) != 0) {
      return null;
    }
    return domain.settle(
        scalar.bits().and(Tnum.constant(~value)), Range.unknown(lane), Range.unknown(low));
  }

  private @Nullable Refined less(boolean wide, Scalar a, Scalar b) {
    Range r = wide ? a.whole() : a.half();
    Range s = wide ? b.whole() : b.half();
    if (compareUnsigned(r.umin(), s.umax()) >= 0) {
      return null;
    }
    return bounded(
        wide,
        a,
        new Range(r.umin(), Range.min(r.umax(), s.umax() - 1), r.smin(), r.smax()),
        b,
        new Range(Range.max(s.umin(), r.umin() + 1), s.umax(), s.smin(), s.smax()));
  }

  private @Nullable Refined lessOrEqual(boolean wide, Scalar a, Scalar b) {
    Range r = wide ? a.whole() : a.half();
    Range s = wide ? b.whole() : b.half();
    return bounded(
        wide,
        a,
        new Range(r.umin(), Range.min(r.umax(), s.umax()), r.smin(), r.smax()),
        b,
        new Range(Range.max(s.umin(), r.umin()), s.umax(), s.smin(), s.smax()));
  }

  private @Nullable Refined signedLess(boolean wide, Scalar a, Scalar b) {
    Range r = wide ? a.whole() : a.half();
    Range s = wide ? b.whole() : b.half();
    if (r.smin() >= s.smax()) {
      return null;
    }
    return bounded(
        wide,
        a,
        new Range(r.umin(), r.umax(), r.smin(), Math.min(r.smax(), s.smax() - 1)),
        b,
        new Range(s.umin(), s.umax(), Math.max(s.smin(), r.smin() + 1), s.smax()));
  }

  private @Nullable Refined signedLessOrEqual(boolean wide, Scalar a, Scalar b) {
    Range r = wide ? a.whole() : a.half();
    Range s = wide ? b.whole() : b.half();
    return bounded(
        wide,
        a,
        new Range(r.umin(), r.umax(), r.smin(), Math.min(r.smax(), s.smax())),
        b,
        new Range(s.umin(), s.umax(), Math.max(s.smin(), r.smin()), s.smax()));
  }

  private @Nullable Refined bounded(boolean wide, Scalar a, Range ofA, Scalar b, Range ofB) {
    return refined(bounded(wide, a, ofA), bounded(wide, b, ofB));
  }

  private @Nullable Scalar bounded(boolean wide, Scalar scalar, Range range) {
    if (range.equals(wide ? scalar.whole() : scalar.half())) {
      return scalar;
    }
    return wide
        ? domain.settle(scalar.bits(), range, scalar.half())
        : domain.settle(scalar.bits(), scalar.whole(), range);
  }
}
