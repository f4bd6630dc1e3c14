package dev.sonde.agent.pack;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/** Every shape of lambda, method reference and record that the unfolding must know. */
public final class UnfoldedSubject {
  record Mixed(
      boolean z, byte b, char c, short s, int i, long j, float f, double d, String l, int[] a) {}

  record Empty() {}

  record Generic<T extends Comparable<T>>(T value, List<? super T> more) {}

  interface Shape {
    double area();

    private double twice() {
      return 2 * area();
    }

    default Supplier<Double> doubled() {
      return this::twice;
    }

    static Shape of(double area) {
      return () -> area;
    }
  }

  interface Wide {
    long apply(byte b, short s, char c, int i, float f);
  }

  interface ToVoid {
    void run(String text) throws Exception;
  }

  interface Chain<T extends CharSequence> extends Function<T, T> {
    @Override
    T apply(T text);
  }

  /** Its lambda can be written to a stream. */
  static final class Sent {
    static Supplier<String> lambda() {
      return (Supplier<String> & Serializable) () -> "sent";
    }
  }

  private final long base;
  private final List<String> heard = new ArrayList<>();

  private UnfoldedSubject(long base) {
    this.base = base;
  }

  private long plus(long more) {
    return base + more;
  }

  private static long widened(long b, long s, int c, double i, double f) {
    return (long) (b + s + c + i + f);
  }

  private static String joined(Object... parts) {
    return Arrays.toString(parts);
  }

  /** Returns what the lambdas answer, in one order. */
  public static List<String> answers() throws Exception {
    List<String> answers = new ArrayList<>();
    lambdas(answers);
    references(answers);
    conversions(answers);
    records(answers);
    return answers;
  }

  private static void lambdas(List<String> answers) throws Exception {
    UnfoldedSubject subject = new UnfoldedSubject(40);
    int step = 2;
    double half = 0.5;
    String text = "text";
    Supplier<String> nothing = () -> "nothing captured";
    LongBinaryOperator three = (a, b) -> a * step + (long) (b * half) + text.length();
    Function<Integer, Function<Integer, Integer>> nested = a -> b -> a * 10 + b + step;
    ToVoid listening = said -> subject.heard.add(said + step);
    ToVoid throwing =
        said -> {
          throw new java.io.IOException(said);
        };
    listening.run("heard ");
    answers.add(nothing.get());
    answers.add("" + (nothingAgain() == nothingAgain()));
    answers.add("" + three.applyAsLong(1L << 40, 9));
    answers.add("" + nested.apply(3).apply(4));
    answers.add("" + subject.heard);
    try {
      throwing.run("thrown");
    } catch (java.io.IOException e) {
      answers.add(e.getMessage());
    }
    answers.add(Sent.lambda().get());
    answers.add("" + Shape.of(3).doubled().get());
  }

  private static Supplier<String> nothingAgain() {
    return () -> "one object";
  }

  private static void references(List<String> answers) throws Exception {
    UnfoldedSubject subject = new UnfoldedSubject(40);
    ToLongFunction<Long> bound = subject::plus;
    BiFunction<UnfoldedSubject, Long, Long> unbound = UnfoldedSubject::plus;
    Function<Long, UnfoldedSubject> constructor = UnfoldedSubject::new;
    IntFunction<int[]> array = int[]::new;
    Supplier<List<String>> list = ArrayList::new;
    ToVoid ignored = subject.heard::add;
    BiFunction<Object, Object, String> variable = UnfoldedSubject::joined;
    Chain<String> chain = String::trim;
    Comparator<String> byLength = Comparator.comparing(String::length);
    ignored.run("by reference");
    answers.add("" + bound.applyAsLong(2L));
    answers.add("" + unbound.apply(subject, 3L));
    answers.add("" + constructor.apply(7L).plus(1));
    answers.add("" + array.apply(3).length);
    answers.add("" + list.get());
    answers.add("" + subject.heard);
    answers.add(variable.apply(1, "b"));
    answers.add(chain.apply(" trimmed "));
    answers.add("" + byLength.thenComparing(Comparator.naturalOrder()).compare("ab", "aa"));
    answers.add("" + List.of(3, 1, 2).stream().map(String::valueOf).sorted().toList());
  }

  private static void conversions(List<String> answers) {
    Wide wide = UnfoldedSubject::widened;
    DoubleUnaryOperator negated = x -> -x;
    Function<Double, Double> boxed = Math::sqrt;
    ToDoubleFunction<Integer> unboxedAndWidened = Math::sqrt;
    Function<Integer, Long> lengthened = i -> (long) i;
    UnaryOperator<Object> same = o -> o;
    Supplier<Integer> constant = () -> 42;
    Function<Boolean, Object> asObject = b -> b;
    answers.add("" + wide.apply((byte) -1, (short) -2, 'c', 1 << 20, 0.75f));
    answers.add("" + negated.applyAsDouble(1.5));
    answers.add("" + boxed.apply(16.0));
    answers.add("" + unboxedAndWidened.applyAsDouble(25));
    answers.add("" + lengthened.apply(-5));
    answers.add("" + same.apply("same"));
    answers.add("" + constant.get());
    answers.add("" + asObject.apply(true));
    try {
      boxed.apply(null);
    } catch (NullPointerException e) {
      answers.add("null is not unboxed");
    }
  }

  private static void records(List<String> answers) {
    int[] array = {1};
    Mixed one = mixed(Double.NaN, -0.0f, "l", array);
    List<Mixed> others =
        List.of(
            mixed(Double.NaN, -0.0f, new String("l"), array),
            mixed(Double.NaN, 0.0f, "l", array),
            mixed(1, -0.0f, "l", array),
            mixed(Double.NaN, -0.0f, null, array),
            mixed(Double.NaN, -0.0f, "l", array.clone()));
    for (Mixed other : others) {
      answers.add(one.equals(other) + " " + other.equals(one));
      answers.add("" + (one.hashCode() == other.hashCode()));
    }
    answers.add("" + mixed(2.5, 3, null, null).hashCode());
    answers.add("" + mixed(2.5, 3, null, null));
    answers.add(one.equals(null) + " " + one.equals("one") + " " + one.equals(one));
    answers.add(new Empty().equals(new Empty()) + " " + new Empty().hashCode() + new Empty());
    Generic<String> generic = new Generic<>("a", List.of("b"));
    answers.add(generic.equals(new Generic<>("a", List.of("b"))) + " " + generic.hashCode());
    answers.add("" + generic.equals(new Generic<>("a", List.of())));
  }

  private static Mixed mixed(double d, float f, String l, int[] a) {
    return new Mixed(true, (byte) 1, 'c', (short) 3, 4, 5L << 33, f, d, l, a);
  }
}
