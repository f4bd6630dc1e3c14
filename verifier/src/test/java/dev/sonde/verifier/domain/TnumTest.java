package dev.sonde.verifier.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.Test;

/** Every tnum of a few bits against every number in it. */
class TnumTest {
  private static final int BITS = Boolean.getBoolean("sonde.long") ? 7 : 5;
  private static final long MASK = (1L << BITS) - 1;
  private static final Lane LANE = Lane.of(BITS);

  private static List<Tnum> all() {
    List<Tnum> tnums = new ArrayList<>();
    for (long mask = 0; mask <= MASK; mask++) {
      for (long value = 0; value <= MASK; value++) {
        if ((value & mask) == 0) {
          tnums.add(new Tnum(value, mask));
        }
      }
    }
    return tnums;
  }

  private static void holdsEveryResult(BinaryOperator<Tnum> abstractly, LongBinaryOperator op) {
    List<Tnum> all = all();
    for (Tnum a : all) {
      for (Tnum b : all) {
        Tnum result = abstractly.apply(a, b).within(MASK);
        assertEquals(0, result.value() & result.mask(), "a bit both known and unknown");
        for (long x = a.value(); ; x = next(a, x)) {
          for (long y = b.value(); ; y = next(b, y)) {
            long z = op.applyAsLong(x, y) & MASK;
            if (!result.contains(z)) {
              throw new AssertionError(a + " and " + b + " give " + result + " without " + z);
            }
            if (y == (b.value() | b.mask())) {
              break;
            }
          }
          if (x == (a.value() | a.mask())) {
            break;
          }
        }
      }
    }
  }

  /** The next greater number of {@code tnum}: counts in the unknown bits only. */
  private static long next(Tnum tnum, long number) {
    return (number - tnum.value() - tnum.mask() & tnum.mask()) | tnum.value();
  }

  @Test
  void sumsHoldEverySum() {
    holdsEveryResult(Tnum::add, Long::sum);
  }

  @Test
  void differencesHoldEveryDifference() {
    holdsEveryResult(Tnum::sub, (x, y) -> x - y);
  }

  @Test
  void productsHoldEveryProduct() {
    holdsEveryResult(Tnum::mul, (x, y) -> x * y);
  }

  @Test
  void bitOperationsHoldEveryResult() {
    holdsEveryResult(Tnum::and, (x, y) -> x & y);
    holdsEveryResult(Tnum::or, (x, y) -> x | y);
    holdsEveryResult(Tnum::xor, (x, y) -> x ^ y);
  }

  @Test
  void negationHoldsEveryNegative() {
    holdsEveryResult((a, b) -> a.neg(), (x, y) -> -x);
  }

  @Test
  void shiftsHoldEveryResult() {
    for (int shift = 0; shift < BITS; shift++) {
      int by = shift;
      holdsEveryResult((a, b) -> a.lsh(by), (x, y) -> x << by);
      holdsEveryResult((a, b) -> a.rsh(by), (x, y) -> x >>> by);
      holdsEveryResult((a, b) -> a.arsh(by, LANE), (x, y) -> LANE.signed(x) >> by);
    }
  }

  @Test
  void intersectionAndUnionAreExactOrWider() {
    for (Tnum a : all()) {
      for (Tnum b : all()) {
        Tnum union = a.union(b);
        boolean common = false;
        for (long x = 0; x <= MASK; x++) {
          boolean both = a.contains(x) && b.contains(x);
          common |= both;
          assertTrue(!both || a.intersect(b).contains(x));
          assertTrue(!(a.contains(x) || b.contains(x)) || union.contains(x));
        }
        assertEquals(common, a.overlaps(b), () -> a + " overlaps " + b);
      }
    }
  }

  @Test
  void inclusionIsThatOfTheSets() {
    for (Tnum a : all()) {
      for (Tnum b : all()) {
        boolean subset = true;
        for (long x = 0; x <= MASK; x++) {
          subset &= !b.contains(x) || a.contains(x);
        }
        assertEquals(subset, a.includes(b), () -> a + " includes " + b);
      }
    }
  }

  @Test
  void rangeHoldsItsNumbersAndIsTheLeastThatDoes() {
    for (long min = 0; min <= MASK; min++) {
      for (long max = min; max <= MASK; max++) {
        Tnum range = Tnum.range(min, max);
        Tnum least = Tnum.constant(min);
        for (long x = min; x <= max; x++) {
          least = least.union(Tnum.constant(x));
          assertTrue(range.contains(x));
        }
        assertTrue(range.includes(least) && (range.mask() & ~least.mask()) >= 0);
      }
    }
    assertEquals(Tnum.UNKNOWN, Tnum.range(0, -1));
    assertEquals(Tnum.constant(-1), Tnum.range(-1, -1));
  }
}
