package dev.sonde.jit.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.AluOp;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IntervalTest {
  private static final long[] ENDS = {
    Long.MIN_VALUE,
    Long.MIN_VALUE + 1,
    -1L << 32,
    Integer.MIN_VALUE,
    -65,
    -2,
    -1,
    0,
    1,
    2,
    31,
    32,
    63,
    64,
    255,
    Integer.MAX_VALUE,
    1L << 31,
    3037000500L,
    0xffffffffL,
    1L << 32,
    1L << 62,
    Long.MAX_VALUE - 1,
    Long.MAX_VALUE
  };

  /** Both ends and what is next to them, of each interval whose ends are in the list. */
  @ParameterizedTest
  @EnumSource(
      value = AluOp.class,
      names = {"ADD", "SUB", "MUL", "DIV", "MOD", "AND", "OR", "XOR", "LSH", "RSH", "ARSH"})
  void everyResultIsInside(AluOp op) {
    for (int i = 0; i < ENDS.length; i++) {
      for (int j = i; j < ENDS.length; j++) {
        Interval a = new Interval(ENDS[i], ENDS[j]);
        for (int k = 0; k < ENDS.length; k++) {
          for (int l = k; l < ENDS.length; l++) {
            Interval b = new Interval(ENDS[k], ENDS[l]);
            holds(op, a, b);
          }
        }
      }
    }
  }

  private static void holds(AluOp op, Interval a, Interval b) {
    Interval result = a.apply(op, b);
    for (long x : of(a)) {
      for (long y : of(b)) {
        long z = compute(op, x, y);
        assertTrue(
            result.min() <= z && z <= result.max(),
            () -> "%s %s %s = %s, yet %d and %d make %d".formatted(a, op, b, result, x, y, z));
      }
    }
  }

  private static long[] of(Interval interval) {
    boolean one = interval.isConstant();
    return one
        ? new long[] {interval.min()}
        : new long[] {interval.min(), interval.min() + 1, interval.max() - 1, interval.max()};
  }

  /** As RFC 9669 has it, in 64 bits. */
  private static long compute(AluOp op, long x, long y) {
    return switch (op) {
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> y == 0 ? 0 : Long.divideUnsigned(x, y);
      case MOD -> y == 0 ? x : Long.remainderUnsigned(x, y);
      case AND -> x & y;
      case OR -> x | y;
      case XOR -> x ^ y;
      case LSH -> x << y;
      case RSH -> x >>> y;
      case ARSH -> x >> y;
      default -> throw new IllegalArgumentException(op.name());
    };
  }

  @Test
  void whatFitsIsNotGivenUp() {
    Interval small = new Interval(-3, 5);
    assertEquals(new Interval(-13, 25), small.apply(AluOp.ADD, new Interval(-10, 20)));
    assertEquals(new Interval(-23, 15), small.apply(AluOp.SUB, new Interval(-10, 20)));
    assertEquals(new Interval(6, 35), new Interval(2, 5).apply(AluOp.MUL, new Interval(3, 7)));
    for (AluOp op : List.of(AluOp.ADD, AluOp.SUB, AluOp.MUL)) {
      assertEquals(Interval.ALL, Interval.of(Long.MAX_VALUE).apply(op, new Interval(-2, 2)));
    }
  }
}
