package sample;

import java.util.List;

/** Methods of every shape. */
public class Calculator {
  private final String name;
  public long total;

  public Calculator(String name) {
    this.name = name;
  }

  public Calculator(int a, int b) {
    this(a < b ? new String("less") : "more");
    total = a + b;
    if (a == b) {
      throw new IllegalArgumentException("equal: " + a);
    }
  }

  public int add(int a, int b) {
    total += a + b;
    return a + b;
  }

  public static long widen(boolean z, byte b, char c, short s, int i, long l) {
    return l + i;
  }

  public static double mix(float f, double d, String s, long l, int[] numbers, List<?> list) {
    return f + d;
  }

  public static long many(
      long a, int b, long c, String d, long e, int f, long g, Object h, double i, float j) {
    return a + b + c + e + f + g;
  }

  public static float half(float f) {
    return f / 2;
  }

  public String greet(String who) {
    return who == null ? null : "hello " + who + " from " + name;
  }

  public void nothing() {}

  /** Writes to its parameters, one with another type's value in the compiler's eyes. */
  public long overwrite(String text, long n) {
    long sum = 0;
    for (; n > 0; n--) {
      text = text + n;
      sum += text.length();
    }
    text = null;
    return sum;
  }

  public int thrower(String message, int depth) {
    if (depth == 0) {
      throw new IllegalStateException(message);
    }
    try {
      return thrower(message, depth - 1) + 1;
    } finally {
      total++;
    }
  }

  public int branches(int n) {
    for (int i = 0; i < 10; i++) {
      try {
        if (n == i) {
          return i * 2;
        }
        if (n > 100) {
          double d = n;
          throw new ArithmeticException("big " + d);
        }
        long x = n;
        total += x;
      } catch (ArithmeticException e) {
        return -1;
      }
    }
    synchronized (this) {
      return switch (n) {
        case 10 -> 1;
        case 20 -> 2;
        default -> 0;
      };
    }
  }

  public static int recurse(int depth) {
    return depth == 0 ? 0 : recurse(depth - 1) + 1;
  }

  public static int endless(int depth) {
    return endless(depth + 1) + 1;
  }

  public native int nothingHere();

  private int hidden(int x) {
    return x + 1;
  }

  public int callsHidden(int x) {
    Runnable lambda = () -> total += hidden(x);
    lambda.run();
    return hidden(x);
  }
}
