package dev.sonde.verifier.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.JumpOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * How precise the domain is: for each operation a check sum over its results on the same scalars,
 * at 4 bits, where each bound is met, and at 64. {@link ScalarDomainTest} proves that results are
 * not too narrow; they must not become wider either, unless it is meant.
 *
 * <p>{@code -Dsonde.record=true} writes the file anew.
 */
class RecordedScalarsTest {
  private static final Path FILE = Path.of("src/test/resources/domain/recorded.txt");
  private static final int PAIRS = 8_000;
  private static final int STRIDE = 997; // of 150 million combinations

  private final List<String> lines = new ArrayList<>();

  /** A sum in which the order counts; {@code numbers} says how wide the results are. */
  private static final class Sum {
    private long sum;
    private long numbers;

    void add(long value) {
      sum = Long.rotateLeft(sum * 0x9e3779b97f4a7c15L, 23) ^ value;
    }

    void add(@Nullable Scalar scalar, int bits) {
      if (scalar == null) {
        add(-7);
        return;
      }
      add(scalar.bits().value());
      add(scalar.bits().mask());
      for (Range range : List.of(scalar.whole(), scalar.half())) {
        add(range.umin());
        add(range.umax());
        add(range.smin());
        add(range.smax());
      }
      numbers += bits == NarrowScalars.BITS ? scalar.umax() - scalar.umin() : 0;
    }
  }

  @Test
  void resultsAreAsPreciseAsRecorded() throws IOException {
    settles();
    NarrowScalars narrow = new NarrowScalars().settleAll(STRIDE);
    Scalar[] few = narrow.scalars().toArray(Scalar[]::new);
    record(new ScalarDomain(NarrowScalars.BITS), NarrowScalars.BITS, pick(few));
    record(new ScalarDomain(8), 8, pick(random(8)));
    record(ScalarDomain.LINUX, 64, pick(random(64)));
    if (Boolean.getBoolean("sonde.record")) {
      Files.write(FILE, lines);
    }
    assertEquals(Files.readAllLines(FILE), lines, "-Dsonde.record=true records what is meant");
  }

  private void settles() {
    NarrowScalars narrow = new NarrowScalars().settleAll(STRIDE);
    Sum sum = new Sum();
    narrow.scalars().forEach(scalar -> sum.add(scalar, NarrowScalars.BITS));
    line("settle", NarrowScalars.BITS, sum);
  }

  private static Scalar[] random(int bits) {
    RandomScalars random = new RandomScalars(bits, 20261126);
    Scalar[] scalars = new Scalar[4000];
    for (int i = 0; i < scalars.length; i++) {
      scalars[i] = random.around(random.number());
    }
    return scalars;
  }

  private static Scalar[][] pick(Scalar[] from) {
    SplittableRandom random = new SplittableRandom(7);
    Scalar[][] pairs = new Scalar[PAIRS][];
    for (int i = 0; i < PAIRS; i++) {
      Scalar a = from[random.nextInt(from.length)];
      pairs[i] = new Scalar[] {a, i % 9 == 0 ? a : from[random.nextInt(from.length)]};
    }
    return pairs;
  }

  private void record(ScalarDomain domain, int bits, Scalar[][] pairs) {
    for (AluOp op : AluOp.values()) {
      for (boolean wide : new boolean[] {true, false}) {
        String name = op + (wide ? " wide" : " narrow");
        boolean shifts = op == AluOp.LSH || op == AluOp.RSH || op == AluOp.ARSH;
        if (shifts) {
          shifts(name, domain, bits, pairs, op.code(), wide);
        } else if (op != AluOp.END) {
          binary(name, bits, pairs, (a, b) -> domain.alu(op.code(), wide, a, b));
        }
      }
    }
    binary("MEET", bits, pairs, domain::meet);
    for (JumpOp op : JumpOp.values()) {
      for (boolean wide : new boolean[] {true, false}) {
        jumps(op + (wide ? " wide" : " narrow"), domain, bits, pairs, op.code(), wide);
      }
    }
    extensions(domain, bits, pairs);
    includes(bits, pairs);
  }

  private void shifts(
      String name, ScalarDomain domain, int bits, Scalar[][] pairs, int op, boolean wide) {
    Sum sum = new Sum();
    for (int i = 0; i < pairs.length; i++) {
      Scalar by = i % 10 == 0 ? pairs[i][1] : domain.constant(i % (bits + 3));
      sum.add(domain.alu(op, wide, pairs[i][0], by), bits);
    }
    line(name, bits, sum);
  }

  private void binary(String name, int bits, Scalar[][] pairs, BinaryOperator<Scalar> operation) {
    Sum sum = new Sum();
    for (Scalar[] pair : pairs) {
      sum.add(operation.apply(pair[0], pair[1]), bits);
    }
    line(name, bits, sum);
  }

  private void unary(String name, int bits, Scalar[][] pairs, UnaryOperator<Scalar> operation) {
    binary(name, bits, pairs, (a, b) -> operation.apply(a));
  }

  /** Constants on either side, too: most comparisons have one. */
  private void jumps(
      String name, ScalarDomain domain, int bits, Scalar[][] pairs, int op, boolean wide) {
    Sum decided = new Sum();
    Sum refined = new Sum();
    for (int i = 0; i < pairs.length; i++) {
      Scalar a = i % 7 == 1 ? constantOf(domain, pairs[i][0]) : pairs[i][0];
      Scalar b = i % 3 == 0 ? constantOf(domain, pairs[i][1]) : pairs[i][1];
      Decision decision = domain.decide(op, wide, a, b);
      decided.add(decision.ordinal());
      decided.numbers += decision == Decision.UNKNOWN ? 1 : 0;
      for (boolean taken : new boolean[] {true, false}) {
        Refined both = domain.refine(op, wide, a, b, taken);
        refined.add(both == null ? null : both.dst(), bits);
        refined.add(both == null ? null : both.src(), bits);
      }
    }
    line(name + " decided", bits, decided);
    line(name + " refined", bits, refined);
  }

  /** One of the ends, so that what a comparison excludes is at an end. */
  private static Scalar constantOf(ScalarDomain domain, Scalar scalar) {
    long value =
        switch ((int) (scalar.umin() + scalar.bits().mask()) & 3) {
          case 0 -> scalar.umin();
          case 1 -> scalar.umax();
          case 2 -> scalar.smin();
          default -> scalar.smax();
        };
    return domain.constant(value);
  }

  private void extensions(ScalarDomain domain, int bits, Scalar[][] pairs) {
    int[] widths = bits == 64 ? new int[] {8, 16, 32, 64} : new int[] {1, 2, 3, 4, bits};
    for (int width : widths) {
      unary("ZEXT" + width, bits, pairs, a -> domain.zeroExtend(a, width));
      unary("SEXT" + width, bits, pairs, a -> domain.signExtend(a, width));
      if (width <= bits / 2) {
        unary("SEXT HALF" + width, bits, pairs, a -> domain.signExtendHalf(a, width));
      }
      if (bits == 64 && width > 8) {
        unary("SWAP" + width, bits, pairs, a -> domain.swap(a, width, true));
        unary("CUT" + width, bits, pairs, a -> domain.swap(a, width, false));
      }
    }
    unary("ZEXT HALF", bits, pairs, domain::zeroExtendHalf);
    unary("UNSIGNED", bits, pairs, a -> domain.unsigned(a.umin(), a.umax()));
    unary("SIGNED", bits, pairs, a -> domain.signed(a.smin(), a.smax()));
  }

  private void includes(int bits, Scalar[][] pairs) {
    Sum sum = new Sum();
    for (Scalar[] pair : pairs) {
      boolean includes = pair[0].includes(pair[1]);
      sum.add(includes ? 1 : 0);
      sum.add(pair[0].equals(pair[1]) ? 1 : 0);
      sum.add(pair[0].bits().overlaps(pair[1].bits()) ? 1 : 0);
      sum.add(pair[0].hashCode());
      sum.numbers += includes ? 1 : 0;
    }
    line("INCLUDES", bits, sum);
  }

  private void line(String name, int bits, Sum sum) {
    lines.add("%s at %d bits: %d, %016x".formatted(name, bits, sum.numbers, sum.sum));
  }

  /** What the widest operations of the domain take as operands. */
  @Test
  void aLaneOfNoBitsOrTooManyIsRefused() {
    for (int bits : new int[] {0, 65}) {
      assertEquals(
          "lane: %d bits, want 1 to 64".formatted(bits),
          org.junit.jupiter.api.Assertions.assertThrows(
                  IllegalArgumentException.class, () -> Lane.of(bits))
              .getMessage());
    }
    assertEquals(1, Lane.of(1).mask());
    assertEquals(-1, Lane.of(64).mask());
  }
}
