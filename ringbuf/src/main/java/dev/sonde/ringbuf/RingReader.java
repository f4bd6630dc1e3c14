package dev.sonde.ringbuf;

import java.util.concurrent.TimeUnit;

/**
 * The one reader of a ring: hands over records in order, skips discarded and given-up ones, and
 * sleeps without spinning. One thread at a time.
 */
public final class RingReader {
  private static final long CORRUPTED = -1;

  private final RingMemory memory;
  private final RingWait wait;
  private final BusyWatch busy;
  private final long mask;
  private long position;
  private long published;
  private boolean polling;
  private volatile long consumed;
  private volatile long discarded;
  private volatile long abandoned;

  /**
   * @param wait the signal of the ring's producers, or another way to sleep when they are elsewhere
   * @param busyTimeoutNanos how long a record may stay busy before it is given up, although its
   *     process is alive
   */
  public RingReader(RingMemory memory, RingWait wait, long busyTimeoutNanos) {
    this.memory = memory;
    this.wait = wait;
    this.busy = new BusyWatch(memory, busyTimeoutNanos);
    this.mask = memory.sizeBytes() - 1;
    this.position = memory.consumerPosition();
    this.published = position;
  }

  /** Returns a reader that gives up records of live processes after ten seconds. */
  public RingReader(RingMemory memory, RingWait wait) {
    this(memory, wait, TimeUnit.SECONDS.toNanos(10));
  }

  /**
   * Hands up to {@code limit} committed records to {@code handler}, oldest first.
   *
   * <p>Discarded records are skipped; a busy one ends the poll, so that order holds. The payload is
   * borrowed: its bytes may be overwritten as soon as {@code handler} returns. When the handler
   * throws, its record counts as consumed.
   *
   * @param limit the most records to hand over, at least 1
   * @return records handed over; 0 when none is committed
   * @throws RingCorruptedException if a length passes the producer position; read this ring no more
   * @see RingLayout
   */
  public int poll(RecordHandler handler, int limit) {
    if (polling) {
      throw new IllegalStateException("ring: poll within poll, want one reader");
    }
    polling = true;
    long before = position;
    int handed = 0;
    int skipped = 0;
    try {
      long producer = producerPosition();
      while (handed < limit && position != producer) {
        long offset = position & mask;
        int header = memory.header(offset);
        if ((header & RingLayout.BUSY) != 0) {
          if (!busy.giveUp(position, offset, header)) {
            break;
          }
          abandoned++;
          advance(offset, header & RingLayout.LENGTH_MASK, producer);
          continue;
        }
        int length = header & RingLayout.LENGTH_MASK;
        advance(offset, length, producer);
        if ((header & RingLayout.DISCARD) == 0) {
          handed++;
          handler.record(memory.data(), (int) offset + RingLayout.HEADER_BYTES, length);
        } else if (memory.pageOffset(offset) != 0) {
          skipped++;
        }
        if (position - published > mask >>> 2) {
          publish();
        }
      }
      return handed;
    } finally {
      if (position != before) {
        publish();
        consumed += handed;
        discarded += skipped;
      }
      polling = false;
    }
  }

  /**
   * Sleeps until a record is ready, a producer forces a wake-up, or the time is over.
   *
   * @return whether there is something to poll
   */
  public boolean await(long timeoutNanos) {
    return wait.await(this::isReady, timeoutNanos);
  }

  /** Tells whether a poll would move on. */
  public boolean isReady() {
    long producer = memory.producerPosition();
    if (producer == position) {
      return false;
    }
    if (((producer | position) & 7) != 0) {
      return true; // a poll would say what is wrong
    }
    long offset = position & mask;
    int header = memory.header(offset);
    return (header & RingLayout.BUSY) == 0 || busy.isOver(position);
  }

  /** Returns how many records were handed over. */
  public long consumed() {
    return consumed;
  }

  /** Returns how many records their producers discarded. */
  public long discarded() {
    return discarded;
  }

  /** Returns how many records were given up because their producer died or never committed. */
  public long abandoned() {
    return abandoned;
  }

  /** Returns how many bytes of records wait, busy ones included. */
  public long pendingBytes() {
    return memory.producerPosition() - memory.consumerPosition();
  }

  private long producerPosition() {
    if (position == CORRUPTED) {
      throw new RingCorruptedException(position, "the ring was found corrupted before");
    }
    long producer = memory.producerPosition();
    long ahead = producer - position;
    if (ahead < 0 || ahead > mask + 1 || ((producer | position) & 7) != 0) {
      throw corrupted(
          "producer position %d, want a multiple of 8 up to %d B ahead"
              .formatted(producer, mask + 1));
    }
    return producer;
  }

  private void advance(long offset, int length, long producer) {
    long total = RingLayout.recordBytes(length);
    if (total > producer - position) {
      throw corrupted(
          "record of %d B, want at most the %d B to the producer position"
              .formatted(total, producer - position));
    }
    if (offset + total > memory.data().capacity()) {
      throw corrupted(
          "record of %d B at offset %d runs over the end of the data area, %d B"
              .formatted(total, offset, memory.data().capacity()));
    }
    position += total;
  }

  private RingCorruptedException corrupted(String what) {
    RingCorruptedException failure = new RingCorruptedException(position, what);
    position = CORRUPTED;
    return failure;
  }

  private void publish() {
    if (position != CORRUPTED) {
      published = position;
      memory.publishConsumer(position);
    }
  }
}
