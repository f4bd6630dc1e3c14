package dev.sonde.probes.method;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Retransforms classes in batches: each call of the JVM costs about 10 ms however small it is, and
 * refuses all its classes for the sake of one, which halving finds.
 */
final class Retransformer {
  /** Small enough that no application thread waits for more than about 50 ms. */
  private static final int BATCH = 500;

  private final Instrumentation instrumentation;

  Retransformer(Instrumentation instrumentation) {
    this.instrumentation = instrumentation;
  }

  /** Retransforms all but the classes that the JVM refuses, which {@code refused} is told. */
  void retransform(List<Class<?>> classes, BiConsumer<Class<?>, Throwable> refused) {
    for (int i = 0; i < classes.size(); i += BATCH) {
      batch(classes.subList(i, Math.min(classes.size(), i + BATCH)), refused);
    }
  }

  private void batch(List<Class<?>> classes, BiConsumer<Class<?>, Throwable> refused) {
    try {
      instrumentation.retransformClasses(classes.toArray(new Class<?>[0]));
    } catch (UnmodifiableClassException | LinkageError | InternalError | RuntimeException e) {
      if (classes.size() == 1) {
        refused.accept(classes.get(0), e);
        return;
      }
      int half = classes.size() / 2;
      batch(classes.subList(0, half), refused);
      batch(classes.subList(half, classes.size()), refused);
    }
  }
}
