package dev.sonde.probes.method;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Retransforms classes in batches: each call of the JVM costs about 10 ms however small it is, and
 * refuses all its classes for the sake of one. That is the last that it has asked the weaver about,
 * since it verifies a class before it goes on to the next; where that is not so, halving finds it.
 */
final class Retransformer {
  /** Small enough that no application thread waits for more than about 50 ms. */
  private static final int BATCH = 500;

  private final Instrumentation instrumentation;
  private final Supplier<@Nullable Class<?>> takeAsked;

  /**
   * @param takeAsked returns which class the JVM has last asked about, and forgets it
   */
  Retransformer(Instrumentation instrumentation, Supplier<@Nullable Class<?>> takeAsked) {
    this.instrumentation = instrumentation;
    this.takeAsked = takeAsked;
  }

  /** Retransforms all but the classes that the JVM refuses, which {@code refused} is told. */
  void retransform(List<Class<?>> classes, BiConsumer<Class<?>, Throwable> refused) {
    for (int i = 0; i < classes.size(); i += BATCH) {
      batch(classes.subList(i, Math.min(classes.size(), i + BATCH)), refused);
    }
    takeAsked.get(); // no class is held for longer than it takes
  }

  private void batch(List<Class<?>> classes, BiConsumer<Class<?>, Throwable> refused) {
    if (classes.isEmpty()) {
      return;
    }
    try {
      takeAsked.get();
      instrumentation.retransformClasses(classes.toArray(new Class<?>[0]));
    } catch (UnmodifiableClassException | LinkageError | InternalError | RuntimeException e) {
      if (classes.size() == 1) {
        refused.accept(classes.get(0), e);
      } else {
        around(classes.indexOf(takeAsked.get()), classes, refused);
      }
    }
  }

  /**
   * Tries again without the class at {@code suspect}, which is tried alone; -1: nobody knows it.
   */
  private void around(
      int suspect, List<Class<?>> classes, BiConsumer<Class<?>, Throwable> refused) {
    int from = suspect < 0 ? classes.size() / 2 : suspect;
    int to = suspect < 0 ? from : suspect + 1;
    batch(classes.subList(0, from), refused);
    batch(classes.subList(from, to), refused);
    batch(classes.subList(to, classes.size()), refused);
  }
}
