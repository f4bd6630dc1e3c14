package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RingReaderTest {
  private final RingSignal signal = new RingSignal();
  private final BufferRingMemory memory = BufferRingMemory.allocate(4096);
  private final RingProducer producer = new RingProducer(memory, signal);
  private final RingReader reader =
      new RingReader(memory, signal, TimeUnit.MILLISECONDS.toNanos(50));

  private final List<Long> read = new ArrayList<>();

  private void take(java.nio.ByteBuffer data, int offset, int length) {
    read.add(data.getLong(offset));
  }

  private long put(long value) {
    long at = producer.reserve(8);
    if (at >= 0) {
      memory.data().putLong((int) at, value);
      producer.submit(at, 0);
    }
    return at;
  }

  @Test
  void recordsComeInOrder() {
    for (long i = 0; i < 100; i++) {
      put(i);
    }
    assertEquals(60, reader.poll(this::take, 60));
    assertEquals(40, reader.poll(this::take, 60));
    assertEquals(0, reader.poll(this::take, 60));
    for (int i = 0; i < 100; i++) {
      assertEquals(i, read.get(i));
    }
  }

  @Test
  void discardedRecordsAreSkippedAndCounted() {
    put(1);
    producer.discard(producer.reserve(500), 0);
    put(2);
    reader.poll(this::take, 10);
    assertEquals(List.of(1L, 2L), read);
    assertEquals(1, reader.discarded());
  }

  @Test
  void aBusyRecordHoldsBackThoseBehindIt() {
    long busy = producer.reserve(8);
    put(2);
    assertEquals(0, reader.poll(this::take, 10));
    memory.data().putLong((int) busy, 1);
    producer.submit(busy, 0);
    assertEquals(2, reader.poll(this::take, 10));
    assertEquals(List.of(1L, 2L), read);
  }

  @Test
  void aRecordThatIsNeverCommittedIsGivenUpAfterTheTimeout() throws InterruptedException {
    long busy = producer.reserve(8);
    put(2);
    assertEquals(0, reader.poll(this::take, 10));
    Thread.sleep(60);
    assertEquals(1, reader.poll(this::take, 10));
    assertEquals(1, reader.abandoned());
    assertFalse(producer.submit(busy, 0), "a late commit must not revive the record");
  }

  @Test
  void aRingHoldsAtMostItsSizeLessOneHeaderAsInTheKernel() {
    assertEquals(RingProducer.TOO_LARGE, producer.reserve(4088));
    assertEquals(RingProducer.TOO_LARGE, producer.reserve(-1));
    assertEquals(8, producer.reserve(4080));
    assertEquals(RingProducer.FULL, producer.reserve(0));
  }

  @Test
  void payloadsNeverWrapAndPaddingIsNoDiscard() {
    Random random = new Random(7);
    long expected = 0;
    for (int round = 0; round < 20_000; round++) {
      int length = 8 + random.nextInt(900);
      long at = producer.reserve(length);
      if (at >= 0) {
        assertTrue(at + length <= 4096, "wraps");
        memory.data().putLong((int) at, expected++);
        producer.submit(at, 0);
      }
      if (random.nextInt(3) == 0) {
        reader.poll(this::take, 1 + random.nextInt(8));
      }
    }
    reader.poll(this::take, Integer.MAX_VALUE);
    assertEquals(expected, read.size());
    assertEquals(0, reader.discarded());
    for (int i = 0; i < expected; i++) {
      assertEquals(i, read.get(i));
    }
  }

  @Test
  void anEmptyRingAlwaysGetsARecordThatFitsWithinTwoTries() {
    for (int i = 0; i < 20; i++) {
      put(i);
    }
    reader.poll(this::take, 20);
    long first = producer.reserve(4000);
    assertEquals(RingProducer.FULL, first);
    reader.poll(this::take, 10);
    assertEquals(8, producer.reserve(4000));
  }

  @Test
  void impossibleLengthsAndPositionsAreCorruption() {
    put(1);
    memory.writeHeader(0, 5000 | 3L << 32);
    assertThrows(RingCorruptedException.class, () -> reader.poll(this::take, 1));
    assertThrows(RingCorruptedException.class, () -> reader.poll(this::take, 1));
    for (long position : new long[] {-8, 4, 5000, 8192, Long.MIN_VALUE}) {
      BufferRingMemory other = BufferRingMemory.allocate(4096);
      other.publishProducer(position);
      RingReader broken = new RingReader(other, signal);
      assertThrows(RingCorruptedException.class, () -> broken.poll(this::take, 1));
    }
    assertEquals(List.of(), read);
  }

  @Test
  void aThrowingHandlerLosesOnlyItsRecord() {
    put(1);
    put(2);
    assertThrows(
        IllegalStateException.class,
        () ->
            reader.poll(
                (d, o, l) -> {
                  throw new IllegalStateException("handler");
                },
                10));
    assertEquals(1, reader.poll(this::take, 10));
    assertEquals(List.of(2L), read);
    assertEquals(2, reader.consumed());
  }

  @Test
  void awaitReturnsWhenARecordIsCommittedAndWhenTimeIsOver() throws InterruptedException {
    assertFalse(reader.await(TimeUnit.MILLISECONDS.toNanos(5)));
    Thread other =
        new Thread(
            () -> {
              try {
                Thread.sleep(20);
              } catch (InterruptedException stop) {
                return;
              }
              put(1);
            });
    other.start();
    long begin = System.nanoTime();
    assertTrue(reader.await(TimeUnit.SECONDS.toNanos(20)));
    assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(10));
    other.join();
  }
}
