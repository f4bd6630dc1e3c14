package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many producers, random lengths, one checking reader: nothing torn, mixed up or uncounted. */
class RingStressTest {
  private static final long NANOS =
      TimeUnit.MILLISECONDS.toNanos(Boolean.getBoolean("sonde.long") ? 60_000 : 600);

  @ParameterizedTest
  @CsvSource({
    "1, 4096",
    "2, 4096",
    "8, 4096",
    "1, 65536",
    "2, 65536",
    "8, 65536",
    "2, 67108864",
    "8, 67108864"
  })
  void producedIsConsumedPlusDiscardedPlusLost(int producers, int sizeBytes) throws Exception {
    long seed = new Random().nextLong();
    RingSignal signal = new RingSignal();
    BufferRingMemory memory = BufferRingMemory.allocate(sizeBytes);
    RingProducer ring = new RingProducer(memory, signal);
    RingReader reader = new RingReader(memory, signal);
    AtomicLong attempts = new AtomicLong();
    AtomicLong lost = new AtomicLong();
    AtomicInteger running = new AtomicInteger(producers);
    List<Thread> threads = new ArrayList<>();
    long deadline = System.nanoTime() + NANOS;
    for (int i = 0; i < producers; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                Random random = new Random(seed + number);
                long n = 0;
                long refused = 0;
                while (System.nanoTime() < deadline) {
                  boolean drop = random.nextInt(20) == 0;
                  refused +=
                      CheckedRecords.put(ring, memory.data(), number, n, random, drop) ? 0 : 1;
                  n++;
                }
                attempts.addAndGet(n);
                lost.addAndGet(refused);
                running.decrementAndGet();
              });
      threads.add(thread);
      thread.start();
    }
    CheckedRecords records = new CheckedRecords(producers);
    while (running.get() > 0 || reader.isReady()) {
      if (reader.poll(records::take, 1000) == 0) {
        reader.await(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    reader.poll(records::take, Integer.MAX_VALUE);
    assertEquals(records.taken(), reader.consumed());
    assertEquals(
        attempts.get(),
        reader.consumed() + reader.discarded() + reader.abandoned() + lost.get(),
        "seed " + seed);
    assertEquals(0, reader.abandoned());
    assertTrue(reader.consumed() > 100);
  }
}
