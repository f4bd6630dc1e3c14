package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IdleReaderTest {
  @Test
  void anIdleReaderUsesNoCpu() {
    RingReader reader = new RingReader(BufferRingMemory.allocate(4096), new RingSignal());
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    reader.await(TimeUnit.MILLISECONDS.toNanos(200)); // classes are loaded and compiled
    boolean full = Boolean.getBoolean("sonde.long");
    long nanos = TimeUnit.SECONDS.toNanos(full ? 10 : 3);
    double bound = full ? 0.001 : 0.003; // a short run has no time to amortise a cold start
    double least = 1; // a JVM that compiles or collects stops its threads now and then
    for (int i = 0; i < 5 && least >= bound; i++) {
      long before = threads.getCurrentThreadCpuTime();
      assertFalse(reader.await(nanos));
      least = Math.min(least, (threads.getCurrentThreadCpuTime() - before) / (double) nanos);
    }
    assertTrue(least < bound, "CPU used while idle: %.3f %%".formatted(least * 100));
  }

  @Test
  void aSleepingReaderIsWokenSoon() throws InterruptedException {
    RingSignal signal = new RingSignal();
    BufferRingMemory memory = BufferRingMemory.allocate(4096);
    RingProducer producer = new RingProducer(memory, signal);
    RingReader reader = new RingReader(memory, signal);
    long[] latencies = new long[200];
    Thread sleeper =
        new Thread(
            () -> {
              int[] read = {0};
              while (read[0] < latencies.length && reader.await(TimeUnit.SECONDS.toNanos(30))) {
                reader.poll(
                    (data, offset, length) ->
                        latencies[read[0]++] = System.nanoTime() - data.getLong(offset),
                    1);
              }
            });
    sleeper.start();
    for (int i = 0; i < latencies.length; i++) {
      Thread.sleep(5);
      long at = producer.reserve(8);
      memory.data().putLong((int) at, System.nanoTime());
      producer.submit(at, 0);
    }
    sleeper.join();
    Arrays.sort(latencies);
    long median = latencies[latencies.length / 2];
    assertTrue(median < 5_000_000, () -> "median wake-up " + median + " ns"); // 20 us when quiet
  }
}
