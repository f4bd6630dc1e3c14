package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.probes.Link;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** More classes than are woven in one go. */
@SuppressWarnings("try") // a link that is only closed
class ManyClassesTest {
  private static final int CLASSES = 600;

  /** Of the second batch, and the first is woven by then. */
  private static final int LATE = 590;

  private final List<Class<?>> classes = new ArrayList<>();

  /** Else weaving got slower and slower with what is woven already, and the application with it. */
  @Test
  void nothingIsSeenBeforeAllIsWoven() throws Exception {
    Loader loader = new Loader();
    for (int i = 0; i < CLASSES; i++) {
      classes.add(loader.define("many/Class" + i));
    }
    AtomicLong runs = new AtomicLong();
    AtomicLong early = new AtomicLong(-1);
    AtomicInteger asked = new AtomicInteger();
    ClassFileTransformer spy =
        new ClassFileTransformer() {
          @Override
          public byte @Nullable [] transform(
              ClassLoader from, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
            if (classes.contains(type) && asked.incrementAndGet() == LATE) {
              inAnotherThread(ManyClassesTest.this::runAll);
              early.set(runs.get());
            }
            return null;
          }
        };
    SelfAttach.instrumentation().addTransformer(spy, true);
    try (Link link = Probes.attach("method/many.*.run", Probes.counting(runs))) {
      assertEquals(0, early.get());
      runAll();
      assertEquals(CLASSES, runs.get());
    } finally {
      SelfAttach.instrumentation().removeTransformer(spy);
    }
  }

  private static void inAnotherThread(Runnable work) {
    Thread thread = new Thread(work);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void runAll() {
    try {
      for (Class<?> type : classes) {
        type.getMethod("run").invoke(null);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Loader extends ClassLoader {
    Class<?> define(String name) {
      byte[] bytes = EmptyRun.bytes(name);
      return defineClass(null, bytes, 0, bytes.length);
    }
  }
}
