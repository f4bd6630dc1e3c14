package dev.sonde.verifier.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.isa.Opcodes;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Soundness by enumeration, on the code that runs at 64 bits: at 4 bits all scalars that exist are
 * combined and every number in them is tried.
 */
class ScalarDomainTest {
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final int BITS = NarrowScalars.BITS;
  private static final int NUMBERS = 1 << BITS;
  private static final int SAMPLED_PAIRS = 400_000;

  private static final ScalarDomain DOMAIN = new ScalarDomain(BITS);
  private static final Concrete CONCRETE = new Concrete(BITS);
  private static NarrowScalars narrow;
  private static Scalar[] scalars;
  private static int[] members;

  @BeforeAll
  static void settlingLosesNoNumberAndIsEmptyOnlyWhereNoneFits() {
    narrow = new NarrowScalars().settleAll(LONG ? 1 : 7);
    List<Scalar> all = narrow.scalars();
    scalars = all.toArray(Scalar[]::new);
    members = all.stream().mapToInt(narrow::members).toArray();
    System.out.println(narrow.tried() + " combinations settle to " + scalars.length + " scalars");
  }

  private interface PairCheck {
    void check(Scalar a, int membersOfA, Scalar b, int membersOfB);
  }

  /** Every pair in the long profile, a fixed random sample by default. */
  private static void forPairs(PairCheck check) {
    if (LONG) {
      for (int i = 0; i < scalars.length; i++) {
        for (int j = 0; j < scalars.length; j++) {
          check.check(scalars[i], members[i], scalars[j], members[j]);
        }
      }
      return;
    }
    SplittableRandom random = new SplittableRandom(42);
    for (int n = 0; n < SAMPLED_PAIRS; n++) {
      int i = random.nextInt(scalars.length);
      int j = random.nextInt(scalars.length);
      check.check(scalars[i], members[i], scalars[j], members[j]);
    }
  }

  private static boolean has(int members, int number) {
    return (members >> number & 1) != 0;
  }

  @Test
  void settlingTwiceChangesNothing() {
    for (Scalar scalar : scalars) {
      assertEquals(scalar, DOMAIN.settle(scalar.bits(), scalar.whole(), scalar.half()));
    }
  }

  @Test
  void everyAluResultIsInTheAbstractResult() {
    long[][] results = new long[NUMBERS][NUMBERS];
    for (int operation : Concrete.ALU) {
      for (boolean wide : new boolean[] {true, false}) {
        for (int x = 0; x < NUMBERS; x++) {
          for (int y = 0; y < NUMBERS; y++) {
            results[x][y] = CONCRETE.alu(operation, wide, x, y);
          }
        }
        forPairs((a, inA, b, inB) -> holdsResults(operation, wide, a, inA, b, inB, results));
      }
    }
  }

  private static void holdsResults(
      int operation, boolean wide, Scalar a, int inA, Scalar b, int inB, long[][] results) {
    Scalar result = DOMAIN.alu(operation, wide, a, b);
    int allowed = narrow.members(result);
    int image = 0;
    for (int x = 0; x < NUMBERS; x++) {
      for (int y = 0; has(inA, x) && y < NUMBERS; y++) {
        image |= has(inB, y) ? 1 << results[x][y] : 0;
      }
    }
    if ((image & ~allowed) != 0) {
      throw new AssertionError(
          "0x%x wide=%s: %s, %s give %s".formatted(operation, wide, a, b, result));
    }
  }

  @Test
  void constantShiftsAreExactOnConstants() {
    for (int operation : Concrete.ALU) {
      for (int x = 0; x < NUMBERS; x++) {
        for (int y = 0; y < BITS / 2; y++) {
          Scalar result = DOMAIN.alu(operation, true, DOMAIN.constant(x), DOMAIN.constant(y));
          assertTrue(CONCRETE.isIn(result, CONCRETE.alu(operation, true, x, y)));
        }
      }
    }
  }

  @Test
  void extensionsHoldEveryExtendedNumber() {
    for (int bits = 1; bits <= BITS; bits++) {
      for (int i = 0; i < scalars.length; i++) {
        Scalar zero = DOMAIN.zeroExtend(scalars[i], bits);
        Scalar sign = DOMAIN.signExtend(scalars[i], bits);
        Scalar half = DOMAIN.zeroExtendHalf(scalars[i]);
        for (int x = 0; x < NUMBERS; x++) {
          if (has(members[i], x)) {
            long extended = Concrete.signed(x, bits);
            assertTrue(CONCRETE.isIn(zero, Concrete.unsigned(x, bits)));
            assertTrue(CONCRETE.isIn(sign, Concrete.unsigned(extended, BITS)));
            assertTrue(CONCRETE.isIn(half, Concrete.unsigned(x, BITS / 2)));
          }
        }
      }
    }
  }

  @Test
  void halfSignExtensionHoldsEveryExtendedNumber() {
    for (int bits = 1; bits <= BITS / 2; bits++) {
      for (int i = 0; i < scalars.length; i++) {
        Scalar result = DOMAIN.signExtendHalf(scalars[i], bits);
        for (int x = 0; x < NUMBERS; x++) {
          long extended = Concrete.unsigned(Concrete.signed(x, bits), BITS / 2);
          assertTrue(!has(members[i], x) || CONCRETE.isIn(result, extended));
        }
      }
    }
  }

  @Test
  void aDecidedJumpNeverGoesTheOtherWay() {
    for (int jump : Concrete.JUMPS) {
      for (boolean wide : new boolean[] {true, false}) {
        forPairs((a, inA, b, inB) -> decisionHolds(jump, wide, a, inA, b, inB));
      }
    }
  }

  private static void decisionHolds(int jump, boolean wide, Scalar a, int inA, Scalar b, int inB) {
    Decision decision = DOMAIN.decide(jump, wide, a, b);
    if (decision == Decision.UNKNOWN) {
      return;
    }
    for (int x = 0; x < NUMBERS; x++) {
      for (int y = 0; has(inA, x) && y < NUMBERS; y++) {
        if (has(inB, y) && CONCRETE.jumps(jump, wide, x, y) != (decision == Decision.ALWAYS)) {
          throw new AssertionError("0x%x wide=%s %s: %s, %s".formatted(jump, wide, decision, a, b));
        }
      }
    }
  }

  @Test
  void refinementKeepsEveryPairThatGoesThatWay() {
    for (int jump : Concrete.JUMPS) {
      for (boolean wide : new boolean[] {true, false}) {
        forPairs(
            (a, inA, b, inB) -> {
              refinementHolds(jump, wide, true, a, inA, b, inB);
              refinementHolds(jump, wide, false, a, inA, b, inB);
            });
      }
    }
  }

  private static void refinementHolds(
      int jump, boolean wide, boolean taken, Scalar a, int inA, Scalar b, int inB) {
    Refined refined = DOMAIN.refine(jump, wide, a, b, taken);
    int keptA = refined == null ? 0 : narrow.members(refined.dst());
    int keptB = refined == null ? 0 : narrow.members(refined.src());
    for (int x = 0; x < NUMBERS; x++) {
      for (int y = 0; has(inA, x) && y < NUMBERS; y++) {
        boolean goes = has(inB, y) && CONCRETE.jumps(jump, wide, x, y) == taken;
        if (goes && !(has(keptA, x) && has(keptB, y))) {
          throw new AssertionError(
              "0x%x wide=%s taken=%s: %s, %s lose %d, %d: %s"
                  .formatted(jump, wide, taken, a, b, x, y, refined));
        }
      }
    }
    boolean forgets = jump == Opcodes.JSET && !taken;
    if (!forgets && (keptA & ~inA | keptB & ~inB) != 0) {
      throw new AssertionError("0x%x: %s, %s grow: %s".formatted(jump, a, b, refined));
    }
  }

  @Test
  void meetIsTheIntersection() {
    forPairs(
        (a, inA, b, inB) -> {
          Scalar met = DOMAIN.meet(a, b);
          assertEquals(inA & inB, met == null ? 0 : narrow.members(met));
        });
  }

  @Test
  void inclusionImpliesThatOfTheNumbers() {
    forPairs((a, inA, b, inB) -> assertTrue(!a.includes(b) || (inB & ~inA) == 0));
  }

  @Test
  void constantsAndRangesHoldWhatTheySay() {
    for (int x = 0; x < NUMBERS; x++) {
      assertEquals(1 << x, narrow.members(DOMAIN.constant(x)));
      for (int y = x; y < NUMBERS; y++) {
        assertEquals((2 << y) - (1 << x), narrow.members(DOMAIN.unsigned(x, y)));
        long low = Concrete.signed(x + NUMBERS / 2, BITS);
        long high = Concrete.signed(y + NUMBERS / 2, BITS);
        int size = Integer.bitCount(narrow.members(DOMAIN.signed(low, high)));
        assertEquals(y - x + 1, size);
      }
    }
    assertNotNull(DOMAIN.unknown());
  }
}
