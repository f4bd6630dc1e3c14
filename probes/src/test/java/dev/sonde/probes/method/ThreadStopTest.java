package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.probes.Link;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sample.Calculator;

/** A thread that is stopped while it runs a program ends, as it would without the program. */
class ThreadStopTest {
  private static final int THREADS = 40;
  private static final long PATIENCE_MILLIS = 60_000;

  private static final class Endless extends Thread {
    private final Calculator calculator = new Calculator("endless");
    private volatile long turns;

    @Override
    public void run() {
      for (; ; ) {
        turns += calculator.add(0, 1);
      }
    }
  }

  /** Most of the time a thread that is traced is in here. */
  private static long takeLong(long turns) {
    long x = 88172645463325252L;
    for (long i = 0; i < turns; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
    }
    return x;
  }

  @SuppressWarnings("deprecation")
  @Test
  void whoIsStoppedWithinAProgramEnds() throws InterruptedException {
    assumeTrue(Runtime.version().feature() < 20, "Thread.stop stops nothing since 20");
    JavaProgram program = JavaProgram.scalar((slot, fields) -> takeLong(20_000), new int[0]);
    String target = "method/" + Calculator.class.getName() + ".add";
    try (Link link = Probes.attach(target, program)) {
      for (int i = 0; i < THREADS; i++) {
        Endless thread = new Endless();
        thread.setDaemon(true);
        thread.start();
        while (thread.turns < 100) {
          TimeUnit.MILLISECONDS.sleep(1);
        }
        thread.stop();
        thread.join(PATIENCE_MILLIS);
        assertFalse(thread.isAlive(), "thread " + i + " lives on");
      }
      assertEquals(1, link.status().get(0).matches());
    }
  }
}
