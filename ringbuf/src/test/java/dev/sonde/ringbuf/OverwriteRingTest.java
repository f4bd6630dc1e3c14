package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Rings whose producers overwrite the oldest records: what a flight recorder keeps. */
class OverwriteRingTest {
  private final BufferRingMemory memory = BufferRingMemory.allocate(1 << 14);
  private final RingProducer producer = new RingProducer(memory, new RingSignal(), true);

  @Test
  void theNewestRecordsAreKeptAndTheOthersCounted() {
    Random random = new Random(5);
    long discarded = 0;
    for (long n = 0; n < 50_000; n++) {
      boolean drop = random.nextInt(10) == 0;
      assertTrue(CheckedRecords.put(producer, memory.data(), 0, n, random, drop), "refused");
      discarded += drop ? 1 : 0;
    }
    List<Long> held = new ArrayList<>();
    CheckedRecords records = new CheckedRecords(1);
    int handed =
        new RingSnapshot(memory)
            .forEach(
                (data, offset, length) -> {
                  records.take(data, offset, length);
                  held.add(data.getLong(offset));
                });
    assertEquals(held.size(), handed);
    assertTrue(held.get(held.size() - 1) >= 49_990, "the newest is missing");
    assertTrue(handed > 80, () -> "only " + handed + " are held");
    assertEquals(50_000, producer.overwritten() + handed + discarded);
  }

  @Test
  void recordsOfOverHalfTheRingAreTakenToo() {
    for (int i = 0; i < 100; i++) {
      long length = 8 + 8 * (i * 37 % 2000);
      long at = producer.reserve(length);
      assertTrue(at >= 0, () -> "refused " + length);
      memory.data().putLong((int) at, length);
      producer.submit(at, 0);
      int held = new RingSnapshot(memory).forEach((d, o, l) -> assertEquals(l, d.getLong(o)));
      assertTrue(held >= 1);
    }
  }

  @Test
  void aBusyOldestRecordIsNotOverwritten() {
    long busy = producer.reserve(8);
    for (long at = producer.reserve(1000); at >= 0; at = producer.reserve(1000)) {
      producer.submit(at, 0);
    }
    assertEquals(RingProducer.FULL, producer.reserve(1000));
    assertTrue(producer.submit(busy, 0));
    assertTrue(producer.reserve(1000) >= 0);
    assertTrue(producer.overwritten() > 0);
  }

  @Test
  void snapshotsOfARingUnderWriteHoldWholeRecordsOnly() throws Exception {
    AtomicLong attempts = new AtomicLong();
    AtomicLong refused = new AtomicLong();
    AtomicLong discards = new AtomicLong();
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                Random random = new Random(number);
                for (long n = 0; !stop.get(); n++) {
                  boolean drop = random.nextInt(20) == 0;
                  boolean in = CheckedRecords.put(producer, memory.data(), number, n, random, drop);
                  attempts.incrementAndGet();
                  (in ? drop ? discards : new AtomicLong() : refused).incrementAndGet();
                }
              });
      threads.add(thread);
      thread.start();
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(400);
    for (int i = 0; i < 20 || System.nanoTime() < deadline; i++) {
      new RingSnapshot(memory).forEach(new CheckedRecords(3)::take);
    }
    stop.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    CheckedRecords last = new CheckedRecords(3);
    int held = new RingSnapshot(memory).forEach(last::take);
    assertEquals(attempts.get(), producer.overwritten() + held + discards.get() + refused.get());
  }
}
