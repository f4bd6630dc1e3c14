package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A producer whose stack ends in the middle of a record: here, where it gives the ring back. */
class StackEndRingTest {
  private static final int BYTES = 8;

  private final Memory memory = new Memory();
  private final RingProducer producer = new RingProducer(memory, new RingSignal());
  private final RingReader reader = new RingReader(memory, new RingSignal());
  private final Seat seat = new Seat();

  /** Memory whose lock cannot be given back as long as there is no stack. */
  private static final class Memory extends ArrayRingMemory {
    boolean noStack;

    @Override
    public long producerPid() {
      return ProcessHandle.current().pid();
    }

    @Override
    public void unlock() {
      if (noStack) {
        throw new StackOverflowError("of a test");
      }
      super.unlock();
    }
  }

  /** A seat that cannot be left as long as there is no stack. */
  private static final class Seat extends RingSeat {
    boolean noStack;

    @Override
    public void leave() {
      if (noStack) {
        throw new StackOverflowError("of a test");
      }
      super.leave();
    }
  }

  private int read() {
    return reader.poll((data, offset, length) -> {}, 10_000);
  }

  @Test
  void theLockGoesToWhoWaitsForIt() {
    memory.noStack = true;
    for (int i = 0; i < 3; i++) { // who takes it over may run out of stack, too
      assertThrows(StackOverflowError.class, () -> producer.reserve(BYTES));
      assertTrue(memory.isLocked());
    }
    memory.noStack = false;
    long record = producer.reserve(BYTES);
    assertTrue(record > 0, "refused: " + record);
    assertFalse(memory.isLocked());
    assertTrue(producer.submit(record, 0));
    assertEquals(1, read());
    assertEquals(0, reader.pendingBytes());
    assertEquals(3, reader.discarded());
    assertEquals(0, reader.abandoned());
  }

  @Test
  void aLockThatIsHeldIsNotTaken() {
    assertTrue(memory.tryLock());
    assertEquals(RingProducer.CONTENDED, producer.reserve(BYTES));
    memory.unlock();
    assertTrue(producer.reserve(BYTES) > 0);
  }

  @Test
  void theFavouriteLosesItsFavourAndItsRecordIsSkipped() {
    long record = 0;
    for (int i = 0; record == 0; i++) {
      producer.submit(producer.reserve(seat, BYTES), 0);
      record = producer.shortcut().reserve(seat, BYTES);
      assertTrue(i < 10 * RingFavour.FIRST_STREAK, "never favoured");
    }
    producer.submit(record, 0);
    int before = read();
    assertTrue(before > RingFavour.FIRST_STREAK);
    seat.noStack = true;
    assertThrows(StackOverflowError.class, () -> producer.shortcut().reserve(seat, BYTES));
    seat.noStack = false;
    assertFalse(seat.isTaken());
    assertEquals(0, producer.shortcut().reserve(seat, BYTES), "still favoured");
    producer.submit(producer.reserve(BYTES), 0); // of another thread
    producer.submit(producer.reserve(seat, BYTES), 0);
    assertEquals(2, read());
    assertEquals(0, reader.pendingBytes());
    assertEquals(1, reader.discarded());
    assertEquals(0, reader.abandoned());
  }

  @Test
  void aStrayRecordThatTheReaderHasGivenUpIsLeftAlone() {
    RingReader impatient = new RingReader(memory, new RingSignal(), 1_000_000);
    memory.noStack = true;
    assertThrows(StackOverflowError.class, () -> producer.reserve(BYTES));
    memory.noStack = false;
    long end = System.nanoTime() + 60_000_000_000L;
    while (impatient.abandoned() == 0 && System.nanoTime() < end) {
      impatient.poll((data, offset, length) -> {}, 1);
    }
    assertEquals(1, impatient.abandoned());
    producer.submit(producer.reserve(BYTES), 0);
    assertEquals(1, impatient.poll((data, offset, length) -> {}, 10));
    assertEquals(0, impatient.discarded());
    assertEquals(0, impatient.pendingBytes());
  }
}
