package dev.sonde.verifier.domain;

import dev.sonde.vm.isa.Opcodes;

/** The ALU operations on scalars: V-31 to V-38. */
final class Arithmetic {
  private final ScalarDomain domain;
  private final Lane lane;
  private final Lane low;

  Arithmetic(ScalarDomain domain) {
    this.domain = domain;
    lane = domain.lane();
    low = domain.low();
  }

  Scalar wide(int operation, Scalar a, Scalar b) {
    return switch (operation) {
      case Opcodes.ADD ->
          settled(
              a.bits().add(b.bits()), a.whole().add(b.whole(), lane), a.half().add(b.half(), low));
      case Opcodes.SUB ->
          settled(
              a.bits().sub(b.bits()), a.whole().sub(b.whole(), lane), a.half().sub(b.half(), low));
      case Opcodes.MUL ->
          settled(
              a.bits().mul(b.bits()), a.whole().mul(b.whole(), lane), a.half().mul(b.half(), low));
      case Opcodes.NEG -> wide(Opcodes.SUB, domain.constant(0), a);
      case Opcodes.AND -> and(a, b);
      case Opcodes.OR -> or(a, b);
      case Opcodes.XOR -> xor(a, b);
      case Opcodes.LSH, Opcodes.RSH, Opcodes.ARSH -> shift(operation, a, b);
      default -> domain.unknown();
    };
  }

  private Scalar and(Scalar a, Scalar b) {
    Tnum bits = a.bits().and(b.bits());
    Tnum lowBits = bits.within(low.mask());
    return settled(
        bits, a.whole().and(b.whole(), bits, lane), a.half().and(b.half(), lowBits, low));
  }

  private Scalar or(Scalar a, Scalar b) {
    Tnum bits = a.bits().or(b.bits());
    Tnum lowBits = bits.within(low.mask());
    return settled(bits, a.whole().or(b.whole(), bits, lane), a.half().or(b.half(), lowBits, low));
  }

  private Scalar xor(Scalar a, Scalar b) {
    Tnum bits = a.bits().xor(b.bits());
    return settled(bits, Range.xor(bits, lane), Range.xor(bits.within(low.mask()), low));
  }

  /** Only a constant shift below the width says something of its result (V-34). */
  private Scalar shift(int operation, Scalar a, Scalar b) {
    if (!b.isConstant() || Long.compareUnsigned(b.value(), lane.bits()) >= 0) {
      return domain.unknown();
    }
    int shift = (int) b.value();
    Range unknownHalf = Range.unknown(low);
    return switch (operation) {
      case Opcodes.LSH -> settled(a.bits().lsh(shift), lsh(a, shift), a.half().lsh(shift, low));
      case Opcodes.RSH -> settled(a.bits().rsh(shift), a.whole().rsh(shift, lane), unknownHalf);
      default -> settled(a.bits().arsh(shift, lane), a.whole().arsh(shift, lane), unknownHalf);
    };
  }

  /** A shift by exactly the half makes the signed half the signed whole: half a sign extension. */
  private Range lsh(Scalar a, int shift) {
    Range shifted = a.whole().lsh(shift, lane);
    return shift == low.bits()
        ? new Range(
            shifted.umin(), shifted.umax(), a.half().smin() << shift, a.half().smax() << shift)
        : shifted;
  }

  Scalar narrow(int operation, Scalar a, Scalar b) {
    Tnum x = a.bits().within(low.mask());
    Tnum y = b.bits().within(low.mask());
    return switch (operation) {
      case Opcodes.ADD -> narrowed(x.add(y), a.half().add(b.half(), low));
      case Opcodes.SUB -> narrowed(x.sub(y), a.half().sub(b.half(), low));
      case Opcodes.MUL -> narrowed(x.mul(y), a.half().mul(b.half(), low));
      case Opcodes.NEG -> narrow(Opcodes.SUB, domain.constant(0), a);
      case Opcodes.AND -> narrowed(x.and(y), a.half().and(b.half(), x.and(y), low));
      case Opcodes.OR -> narrowed(x.or(y), a.half().or(b.half(), x.or(y), low));
      case Opcodes.XOR -> narrowed(x.xor(y), Range.xor(x.xor(y), low));
      case Opcodes.LSH, Opcodes.RSH, Opcodes.ARSH -> narrowShift(operation, x, a.half(), b);
      default -> domain.unknown();
    };
  }

  private Scalar narrowShift(int operation, Tnum bits, Range half, Scalar b) {
    if (!b.isConstant() || Long.compareUnsigned(b.value(), low.bits()) >= 0) {
      return domain.unknown();
    }
    int shift = (int) b.value();
    return switch (operation) {
      case Opcodes.LSH -> narrowed(bits.lsh(shift), half.lsh(shift, low));
      case Opcodes.RSH -> narrowed(bits.rsh(shift), half.rsh(shift, low));
      default -> narrowed(bits.arsh(shift, low), half.arsh(shift, low));
    };
  }

  private Scalar settled(Tnum bits, Range whole, Range half) {
    return domain.settled(bits.within(lane.mask()), whole, half);
  }

  /** Any 32-bit result has a zero upper half (V-37). */
  private Scalar narrowed(Tnum bits, Range half) {
    return domain.settled(
        bits.within(low.mask()),
        half.smin() >= 0 ? half : new Range(half.umin(), half.umax(), 0, low.mask()),
        half);
  }
}
