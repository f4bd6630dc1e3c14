package dev.sonde.probes.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.probes.method.SelfAttach;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrampolineTest {
  private static final AtomicLong CALLS = new AtomicLong();

  /** What a trampoline calls here: it throws whenever it is not called to be warmed. */
  static long target(long tag) {
    if (tag != 0) {
      CALLS.incrementAndGet();
      throw new StackOverflowError("of a test");
    }
    return 7;
  }

  @Test
  void nothingThatIsThrownComesThrough() throws Exception {
    SelfAttach.instrumentation();
    MethodHandle target =
        MethodHandles.lookup()
            .findStatic(
                TrampolineTest.class, "target", MethodType.methodType(long.class, long.class));
    TrampolinePool pool = new TrampolinePool();
    Trampoline trampoline = pool.acquire("(J)J");
    trampoline.target(target);
    Method fire =
        Class.forName(trampoline.internalName().replace('/', '.')).getMethod("fire", long.class);
    assertEquals(7L, fire.invoke(null, 0L));
    assertEquals(0L, fire.invoke(null, 1L));
    assertEquals(1, CALLS.get());
    pool.release(trampoline);
    assertEquals(0L, fire.invoke(null, 0L));
  }
}
