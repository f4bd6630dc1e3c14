package dev.sonde.verifier.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Soundness by sampling where enumeration ends: random scalars of 6, 8 and 64 bits with a known
 * member; what the member becomes must be in what the scalar becomes.
 */
class RandomScalarTest {
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final long SEED = Long.getLong("sonde.seed", 20261121);

  private static int turns(int usual) {
    return LONG ? usual * 100 : usual;
  }

  private static void fail(Object... parts) {
    List<String> texts = new ArrayList<>();
    for (Object part : parts) {
      texts.add(part instanceof Integer code ? "0x" + Integer.toHexString(code) : "" + part);
    }
    throw new AssertionError("seed " + SEED + ": " + String.join(", ", texts));
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 8, 32, 64})
  void aluResultsOfMembersAreMembers(int bits) {
    RandomScalars scalars = new RandomScalars(bits, SEED);
    Concrete concrete = new Concrete(bits);
    for (int turn = 0; turn < turns(150_000); turn++) {
      long x = scalars.number();
      long y = turn % 3 == 0 ? turn % bits : scalars.number();
      Scalar a = scalars.around(x);
      Scalar b = turn % 3 == 0 ? scalars.domain().constant(y) : scalars.around(y);
      for (int operation : Concrete.ALU) {
        for (boolean wide : new boolean[] {true, false}) {
          Scalar result = scalars.domain().alu(operation, wide, a, b);
          if (!concrete.isIn(result, concrete.alu(operation, wide, x, y))) {
            fail(operation, wide, a, b, x, y, result);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 8, 32, 64})
  void jumpsDecideAndRefineWithTheirMembers(int bits) {
    RandomScalars scalars = new RandomScalars(bits, SEED + 1);
    Concrete concrete = new Concrete(bits);
    for (int turn = 0; turn < turns(150_000); turn++) {
      long x = scalars.number();
      long y = turn % 4 == 0 ? x : scalars.number();
      Scalar a = scalars.around(x);
      Scalar b = turn % 2 == 0 ? scalars.domain().constant(y) : scalars.around(y);
      for (int jump : Concrete.JUMPS) {
        for (boolean wide : new boolean[] {true, false}) {
          boolean taken = concrete.jumps(jump, wide, x, y);
          Decision decision = scalars.domain().decide(jump, wide, a, b);
          Refined refined = scalars.domain().refine(jump, wide, a, b, taken);
          boolean wrong = decision == (taken ? Decision.NEVER : Decision.ALWAYS);
          if (wrong || refined == null) {
            fail(jump, wide, a, b, x, y, decision);
          } else if (!concrete.isIn(refined.dst(), x) || !concrete.isIn(refined.src(), y)) {
            fail(jump, wide, a, b, x, y, refined);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64})
  void extensionsAndSwapsOfMembersAreMembers(int bits) {
    RandomScalars scalars = new RandomScalars(bits, SEED + 2);
    Concrete concrete = new Concrete(bits);
    for (int turn = 0; turn < turns(150_000); turn++) {
      long x = scalars.number();
      Scalar a = scalars.around(x);
      for (int narrow = 8; narrow <= bits; narrow *= 2) {
        ScalarDomain domain = scalars.domain();
        long sign = Concrete.signed(x, narrow);
        long kept = Concrete.unsigned(x, narrow);
        long swapped = Long.reverseBytes(kept) >>> (64 - narrow);
        boolean holds =
            concrete.isIn(domain.zeroExtend(a, narrow), kept)
                && concrete.isIn(domain.signExtend(a, narrow), Concrete.unsigned(sign, bits))
                && concrete.isIn(domain.swap(a, narrow, false), kept)
                && concrete.isIn(domain.swap(a, narrow, true), swapped)
                && (narrow > bits / 2
                    || concrete.isIn(
                        domain.signExtendHalf(a, narrow), Concrete.unsigned(sign, bits / 2)));
        if (!holds) {
          fail(narrow, a, x);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 64})
  void settlingIsIdempotent(int bits) {
    RandomScalars scalars = new RandomScalars(bits, SEED + 3);
    for (int turn = 0; turn < turns(150_000); turn++) {
      Scalar scalar = scalars.around(scalars.number());
      assertEquals(scalar, scalars.domain().settle(scalar.bits(), scalar.whole(), scalar.half()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 8})
  void everyPairOfMembersIsTriedOnSomeScalars(int bits) {
    RandomScalars scalars = new RandomScalars(bits, SEED + 4);
    Concrete concrete = new Concrete(bits);
    int numbers = 1 << bits;
    for (int turn = 0; turn < turns(60); turn++) {
      Scalar a = scalars.around(scalars.number());
      Scalar b = scalars.around(scalars.number());
      for (int operation : Concrete.ALU) {
        for (boolean wide : new boolean[] {true, false}) {
          Scalar result = scalars.domain().alu(operation, wide, a, b);
          for (int pair = 0; pair < numbers * numbers; pair++) {
            long x = pair % numbers;
            long y = pair / numbers;
            if (concrete.isIn(a, x)
                && concrete.isIn(b, y)
                && !concrete.isIn(result, concrete.alu(operation, wide, x, y))) {
              fail(operation, wide, a, b, x, y, result);
            }
          }
        }
      }
    }
  }
}
