package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Four threads that do the same for a while: 10 s each in the long profile. */
final class FourThreads {
  static final int COUNT = 4;
  private static final long NANOS = (Boolean.getBoolean("sonde.long") ? 10_000 : 700) * 1_000_000L;

  private FourThreads() {}

  /** What one thread does over and over; {@code scratch} is 256 bytes of its own. */
  interface Work {
    void step(int thread, long scratch, Random random);
  }

  /** Runs {@code work}; the first failure ends it and is thrown with the seed. */
  static void run(Work work) {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch started = new CountDownLatch(COUNT);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                long scratch = RawMemory.allocateZeroed(256);
                Random random = new Random(seed + number);
                try {
                  started.countDown();
                  started.await();
                  long begin = System.nanoTime();
                  do {
                    for (int n = 0; n < 100; n++) {
                      work.step(number, scratch, random);
                    }
                  } while (System.nanoTime() - begin < NANOS && failure.get() == null);
                } catch (Throwable failed) {
                  failure.compareAndSet(null, failed);
                } finally {
                  RawMemory.free(scratch);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }
    assertNull(failure.get(), () -> "seed " + seed + ": " + failure.get());
  }
}
