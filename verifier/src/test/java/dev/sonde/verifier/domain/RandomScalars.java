package dev.sonde.verifier.domain;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Random scalars that stand for a given number, of every mix of precise and vague facts. */
final class RandomScalars {
  private final ScalarDomain domain;
  private final int bits;
  private final SplittableRandom random;

  RandomScalars(int bits, long seed) {
    this.bits = bits;
    domain = new ScalarDomain(bits);
    random = new SplittableRandom(seed);
  }

  ScalarDomain domain() {
    return domain;
  }

  SplittableRandom random() {
    return random;
  }

  /** Boundary values are likely: that is where carries and signs are lost. */
  long number() {
    long number =
        switch (random.nextInt(6)) {
          case 0 -> random.nextInt(-3, 4);
          case 1 -> (1L << random.nextInt(bits)) + random.nextInt(-2, 3);
          case 2 -> -(1L << random.nextInt(bits)) + random.nextInt(-2, 3);
          case 3 -> random.nextLong() >>> random.nextInt(64);
          case 4 -> random.nextLong() & random.nextLong() & random.nextLong();
          default -> random.nextLong();
        };
    return Concrete.unsigned(number, bits);
  }

  /** Returns a scalar of which {@code member} is one number. */
  Scalar around(long member) {
    Lane lane = domain.lane();
    Lane low = domain.low();
    long mask =
        random.nextBoolean() ? lane.mask() : number() | (random.nextBoolean() ? number() : 0);
    Tnum tnum = new Tnum(member & ~mask, mask);
    Range whole = random.nextInt(3) == 0 ? Range.unknown(lane) : range(member, lane);
    Range half = random.nextInt(3) == 0 ? Range.unknown(low) : range(low.unsigned(member), low);
    @Nullable Scalar settled = domain.settle(tnum, whole, half);
    if (settled == null) {
      throw new AssertionError("%s, %s, %s lose %d".formatted(tnum, whole, half, member));
    }
    return settled;
  }

  private Range range(long member, Lane lane) {
    long unsigned = lane.unsigned(number());
    long other = lane.unsigned(number());
    long signed = lane.signed(member);
    long low = lane.signed(number());
    long high = lane.signed(number());
    return new Range(
        Range.min(unsigned, member),
        Range.max(other, member),
        Math.min(low, signed),
        Math.max(high, signed));
  }
}
