package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RingFavourTest {
  private static final int BYTES = 8;

  private final BufferRingMemory memory = BufferRingMemory.allocate(1 << 16);
  private final RingProducer producer = new RingProducer(memory, new RingSignal());
  private final RingReader reader = new RingReader(memory, new RingSignal());
  private final RingSeat mine = new RingSeat();
  private final RingSeat other = new RingSeat();

  private long produce(RingSeat seat) {
    long at = producer.shortcut().reserve(seat, BYTES);
    at = at == 0 ? producer.reserve(seat, BYTES) : at;
    assertTrue(at > 0, "refused: " + at);
    producer.submit(at, 0);
    reader.poll((data, offset, length) -> {}, 10);
    return at;
  }

  private boolean isFavoured(RingSeat seat) {
    long at = producer.shortcut().reserve(seat, BYTES);
    if (at > 0) {
      producer.discard(at, 0);
    }
    return at > 0;
  }

  private int recordsUntilFavoured(RingSeat seat) {
    int records = 0;
    while (!isFavoured(seat)) {
      produce(seat);
      records++;
    }
    return records;
  }

  @Test
  void whoWasAloneForLongNeedsNoLock() {
    assertEquals(RingFavour.FIRST_STREAK + 1, recordsUntilFavoured(mine));
    assertTrue(memory.tryLock());
    assertTrue(isFavoured(mine), "with the lock taken");
    assertEquals(0, producer.shortcut().reserve(other, BYTES));
  }

  @Test
  void anotherProducerEndsTheFavourAndTheNextIsHarderToGet() {
    recordsUntilFavoured(mine);
    produce(other);
    assertEquals(0, producer.shortcut().reserve(mine, BYTES));
    assertEquals(2 * RingFavour.FIRST_STREAK + 1, recordsUntilFavoured(mine));
    producer.submit(producer.reserve(BYTES), 0); // a caller without a seat is another, too
    assertEquals(0, producer.shortcut().reserve(mine, BYTES));
    reader.poll((data, offset, length) -> {}, 10_000);
    assertEquals(0, reader.pendingBytes());
  }

  @Test
  void twoWhoTakeTurnsAreNotFavoured() {
    for (int i = 0; i < 3 * RingFavour.FIRST_STREAK; i++) {
      produce(mine);
      produce(other);
    }
    assertEquals(0, producer.shortcut().reserve(mine, BYTES));
    assertEquals(0, producer.shortcut().reserve(other, BYTES));
  }

  @Test
  void whoStopsInTheMiddleOfARecordIsWaitedForAndTheEventLost() {
    recordsUntilFavoured(mine);
    mine.take(); // and is not run any more
    assertEquals(RingProducer.CONTENDED, producer.reserve(other, BYTES));
    assertEquals(RingProducer.CONTENDED, producer.reserve(BYTES));
    mine.leave();
    produce(other);
  }

  @Test
  void theFavouredProducerPadsTheEndAndFindsTheRingFull() {
    recordsUntilFavoured(mine);
    long at;
    int records = 0;
    do {
      at = producer.shortcut().reserve(mine, 1000);
      at = at == 0 ? producer.reserve(mine, 1000) : at;
      if (at > 0) {
        assertTrue(at + 1000 <= memory.sizeBytes(), "a record that wraps, at " + at);
        producer.submit(at, 0);
        records++;
      }
    } while (at > 0);
    assertEquals(RingProducer.FULL, at);
    assertEquals(records, reader.poll((data, offset, length) -> {}, 10_000));
    assertTrue(isFavoured(mine), "still");
    for (long length : new long[] {-1, memory.sizeBytes(), 1L << 32, Long.MAX_VALUE}) {
      assertEquals(0, producer.shortcut().reserve(mine, length), "length " + length);
      assertEquals(RingProducer.TOO_LARGE, producer.reserve(mine, length), "length " + length);
    }
  }
}
