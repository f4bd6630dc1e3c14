package sample;

import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/** Code that the compiler puts elsewhere: lambdas, a record, a static initializer. */
public class Lambdas {
  /** Initialized at its first use, which is the test's. */
  public static final class Constants {
    public static final int[] SQUARES = squares(10);

    private static int[] squares(int count) {
      int[] squares = new int[count];
      for (int i = 0; i < count; i++) {
        squares[i] = i * i;
      }
      return squares;
    }

    private Constants() {}
  }

  public int twice(int n) {
    IntUnaryOperator plusOne = x -> x + 1;
    return plusOne.applyAsInt(plusOne.applyAsInt(n));
  }

  public Supplier<String> capturing(String word) {
    return () -> word + "!";
  }

  public IntUnaryOperator reference() {
    return Math::abs;
  }

  public IntUnaryOperator byReference() {
    return Lambdas::tripled;
  }

  public IntUnaryOperator byLambda() {
    return n -> tripled(n);
  }

  private static int tripled(int n) {
    return 3 * n;
  }

  /** Its toString, hashCode and equals are one invokedynamic insn each. */
  public record Pair(String a, int b) {}
}
