package dev.sonde.verifier.domain;

import dev.sonde.vm.isa.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Scalars of one width and what every insn makes of them, as Linux 6.18 computes it. Production
 * uses {@link #LINUX}, 64 bits with a half of 32; tests enumerate narrower ones on the same code.
 *
 * <p>All operations are pure. Operation codes are the high four bits of the opcode ({@link
 * Opcodes#ADD} and so on).
 */
public final class ScalarDomain {
  public static final ScalarDomain LINUX = new ScalarDomain(64);

  private final Lane lane;
  private final Lane low;
  private final Scalar unknown;
  private final Arithmetic arithmetic;
  private final Comparison comparison;

  /**
   * @param bits the width, even, 4 to 64
   */
  public ScalarDomain(int bits) {
    lane = Lane.of(bits);
    low = Lane.of(bits / 2);
    unknown = new Scalar(Tnum.UNKNOWN.within(lane.mask()), Range.unknown(lane), Range.unknown(low));
    arithmetic = new Arithmetic(this);
    comparison = new Comparison(this);
  }

  Lane lane() {
    return lane;
  }

  Lane low() {
    return low;
  }

  public Scalar unknown() {
    return unknown;
  }

  public Scalar constant(long value) {
    return new Scalar(
        Tnum.constant(lane.unsigned(value)),
        Range.constant(value, lane),
        Range.constant(value, low));
  }

  /** Returns the numbers from {@code umin} to {@code umax}, both included, unsigned. */
  public Scalar unsigned(long umin, long umax) {
    return settled(unknown.bits(), Range.ofUnsigned(umin, umax, lane), unknown.half());
  }

  /** Returns the numbers from {@code smin} to {@code smax}, both included, signed. */
  public Scalar signed(long smin, long smax) {
    return settled(unknown.bits(), Range.ofSigned(smin, smax, lane), unknown.half());
  }

  /** Returns the numbers that are in both, or null if there is none. */
  public @Nullable Scalar meet(Scalar a, Scalar b) {
    if (!a.bits().overlaps(b.bits())) {
      return null;
    }
    return settle(
        a.bits().intersect(b.bits()), meet(a.whole(), b.whole()), meet(a.half(), b.half()));
  }

  static Range meet(Range a, Range b) {
    return new Range(
        Range.max(a.umin(), b.umin()),
        Range.min(a.umax(), b.umax()),
        Math.max(a.smin(), b.smin()),
        Math.min(a.smax(), b.smax()));
  }

  /**
   * {@code dst op src}. A half-width operation works on the low halves and clears the upper half.
   *
   * @param operation ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, MOD, XOR, ARSH or NEG (which has no
   *     src)
   * @param wide whether this is of class ALU64
   */
  public Scalar alu(int operation, boolean wide, Scalar dst, Scalar src) {
    return wide ? arithmetic.wide(operation, dst, src) : arithmetic.narrow(operation, dst, src);
  }

  /** Returns the low half, zero-extended: a 32-bit MOV, and what any 32-bit insn leaves. */
  public Scalar zeroExtendHalf(Scalar source) {
    Range half = source.half();
    Range whole =
        half.smin() >= 0
            ? new Range(half.umin(), half.umax(), half.smin(), half.smax())
            : new Range(half.umin(), half.umax(), 0, low.mask());
    return settled(source.bits().within(low.mask()), whole, half);
  }

  /** Returns the low {@code bits} bits, zero-extended: a load of a narrow word. */
  public Scalar zeroExtend(Scalar source, int bits) {
    if (bits == lane.bits()) {
      return source;
    }
    long mask = Lane.of(bits).mask();
    boolean sameAbove = (source.umin() & ~mask) == (source.umax() & ~mask);
    long umin = sameAbove ? source.umin() & mask : 0;
    long umax = sameAbove ? source.umax() & mask : mask;
    return settled(
        source.bits().within(mask),
        new Range(umin, umax, umin, umax),
        bits < low.bits() ? unknown.half() : source.half());
  }

  /**
   * Returns the low {@code bits} bits, sign-extended to the whole width: a MOVSX of class ALU64, a
   * sign-extending load.
   */
  public Scalar signExtend(Scalar source, int bits) {
    if (bits == lane.bits()) {
      return source;
    }
    if (source.isConstant()) {
      return constant(Lane.of(bits).signed(source.value()));
    }
    Range range = signExtended(source.smin(), source.smax(), bits, lane);
    return settled(unknown.bits(), range, unknown.half()); // of which the half follows
  }

  /** Sign-extends to the half only and clears the upper half: a MOVSX of class ALU. */
  public Scalar signExtendHalf(Scalar source, int bits) {
    if (bits == low.bits()) {
      return zeroExtendHalf(source);
    }
    if (source.bits().within(low.mask()).isConstant()) {
      return constant(low.unsigned(Lane.of(bits).signed(source.value())));
    }
    Range half = signExtended(source.half().smin(), source.half().smax(), bits, low);
    return zeroExtendHalf(settled(unknown.bits(), unknown.whole(), half));
  }

  /** The signed interval that the low {@code bits} bits of {@code smin} to {@code smax} span. */
  private static Range signExtended(long smin, long smax, int bits, Lane lane) {
    Lane narrow = Lane.of(bits);
    long low = narrow.signed(smin);
    long high = narrow.signed(smax);
    boolean ordered = smin >> bits == smax >> bits && low >= 0 == high >= 0;
    return ordered
        ? Range.ofSigned(low, high, lane)
        : Range.ofSigned(narrow.signedMin(), narrow.signedMax(), lane);
  }

  /**
   * Returns the low {@code bits} bits, zero-extended, their bytes reversed if {@code swaps}: an END
   * or BSWAP insn. Only the bits of the source matter.
   */
  public Scalar swap(Scalar source, int bits, boolean swaps) {
    if (bits == lane.bits() && !swaps) {
      return source;
    }
    Tnum kept = source.bits().within(Lane.of(bits).mask());
    Tnum result = swaps ? kept.reverseBytes(bits) : kept;
    return settled(result, unknown.whole(), unknown.half());
  }

  /** Tells how {@code dst op src} always comes out; {@code operation} is JEQ, JGT and so on. */
  public Decision decide(int operation, boolean wide, Scalar dst, Scalar src) {
    return comparison.decide(operation, wide, dst, src);
  }

  /** Returns what the operands must be if the jump goes that way; null if it cannot. */
  public @Nullable Refined refine(
      int operation, boolean wide, Scalar dst, Scalar src, boolean taken) {
    return comparison.refine(operation, wide, dst, src, taken);
  }

  @Nullable Scalar settle(Tnum bits, Range whole, Range half) {
    return new Knowledge(lane, low, bits, whole, half).settle();
  }

  /** Settles the result of a computation, which cannot be empty: V-30's fallback is unknown. */
  Scalar settled(Tnum bits, Range whole, Range half) {
    Scalar scalar = settle(bits, whole, half);
    return scalar == null ? unknown : scalar;
  }
}
