package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes records into a ring; any number of threads of one process. A record is reserved, filled
 * where it lies, and then submitted or discarded.
 *
 * <p>Readers that are not ours never wipe memory, so the bytes at the producer position are old
 * payload: a reserve writes the BUSY header first and moves the position after it, under a lock of
 * two writes. Whoever finds the lock taken waits a bounded time; the event is lost then, and the
 * caller counts it. A thread that has been alone for long goes without the lock ({@link
 * RingShortcut}) if it says who it is.
 *
 * <p>At the end of a thread's stack any call may throw, that of an unlock too. Such a thread leaves
 * word in fields, with insns that need no stack: that the lock is whoever's waits for it, and where
 * a record lies that it has shown and nobody will fill.
 *
 * <p>A ring that overwrites (a flight recorder) has no reader that gives space back: a producer
 * that finds it full moves the consumer position itself, past the oldest records.
 */
public final class RingProducer {
  /** No room: the reader is too slow, or in an overwriting ring the oldest record is busy. */
  public static final long FULL = -1;

  /** The lock stayed taken: its holder is not running. */
  public static final long CONTENDED = -2;

  /** The record can never fit in this ring. */
  public static final long TOO_LARGE = -3;

  private static final int SPINS = 500;
  private static final int YIELDS = 200;

  /** The same while the lock is held for the wait of {@link RingFavour}. */
  private static final int LONG_YIELDS = 20_000;

  private static final VarHandle ORPHANED;

  static {
    try {
      ORPHANED =
          MethodHandles.lookup().findVarHandle(RingProducer.class, "orphaned", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final RingMemory memory;
  private final RingSignal signal;
  private final boolean overwrite;
  private final RingFavour favour;
  private final RingShortcut shortcut;
  private final long mask;
  private long overwritten; // committed records; under the lock
  private long fullAt = -1; // the consumer position at which the ring was last found full; a hint

  /** The lock is taken, and whoever holds it had no stack left to give it back. */
  private volatile boolean orphaned;

  public RingProducer(RingMemory memory, RingSignal signal) {
    this(memory, signal, false);
  }

  /**
   * @param overwrite whether a full ring gives up its oldest records for a new one
   */
  public RingProducer(RingMemory memory, RingSignal signal, boolean overwrite) {
    this(memory, signal, overwrite, new RingFavour(RingFavour.FIRST_STREAK));
  }

  RingProducer(RingMemory memory, RingSignal signal, boolean overwrite, RingFavour favour) {
    this.memory = memory;
    this.signal = signal;
    this.overwrite = overwrite;
    this.favour = favour;
    this.shortcut = RingShortcut.of(memory, favour);
    this.mask = shortcut.mask();
  }

  /** Returns the way in for the thread that is favoured, to be tried first by who has a seat. */
  public RingShortcut shortcut() {
    return shortcut;
  }

  /** Tells whether the ring was full when the reader was there: then it may well be still. */
  public boolean wasFullAt(long consumerPosition) {
    return consumerPosition == fullAt;
  }

  /** Tells whether a record that the ring could hold has no room beside {@code usedBytes}. */
  public boolean isFull(long usedBytes, long lengthBytes) {
    long total = RingLayout.recordBytes(lengthBytes);
    return !overwrite && lengthBytes >= 0 && total <= mask && usedBytes + total > mask;
  }

  /** As {@link #reserve(RingSeat, long)}, for a caller who has no seat. */
  public long reserve(long lengthBytes) {
    return reserve(null, lengthBytes);
  }

  /**
   * Reserves a record.
   *
   * @param seat the calling thread's; null: it is never favoured
   * @return the offset of its payload in the data area, 8-byte aligned and never wrapping, or
   *     {@link #FULL}, {@link #CONTENDED}, {@link #TOO_LARGE}, all negative
   */
  public long reserve(@Nullable RingSeat seat, long lengthBytes) {
    long total = RingLayout.recordBytes(lengthBytes);
    if (lengthBytes < 0 || total > mask || total < 0) {
      return TOO_LARGE;
    }
    // A ring that was full and has not been read since is refused before the lock: a drop must be
    // cheaper than a record. Else nothing is read of the line that the lock is about to take.
    long consumed = memory.consumerPosition(); // only grows: what fits now fits later
    if (wasFullAt(consumed) && isFull(memory.producerPosition() - consumed, lengthBytes)) {
      return FULL;
    }
    return placeLocked(seat, (int) lengthBytes, total, consumed);
  }

  private long placeLocked(@Nullable RingSeat seat, int length, long total, long consumed) {
    if (!memory.tryLock() && !awaitLock()) {
      return CONTENDED;
    }
    boolean unlocked = false;
    try {
      long placed = placeAndUnlock(seat, length, total, consumed);
      unlocked = true;
      return placed;
    } finally {
      if (!unlocked) {
        orphaned = true; // no stack: a store alone
      }
    }
  }

  private long placeAndUnlock(@Nullable RingSeat seat, int length, long total, long consumed) {
    if (!favour.enter(seat)) {
      memory.unlock();
      return CONTENDED;
    }
    if (favour.strayAt >= 0) {
      discardStray();
    }
    favour.placed(seat);
    long position = memory.producerPosition();
    return shortcut.fits(position, total, consumed)
        ? place(length, position, total)
        : placeAtEdge(length, total);
  }

  /** Makes the record whose payload is at {@code payloadOffset} visible; false: it was given up. */
  public boolean submit(long payloadOffset, long flags) {
    return commit(payloadOffset, 0, flags);
  }

  /** Makes the reader skip the record; false: it was given up. */
  public boolean discard(long payloadOffset, long flags) {
    return commit(payloadOffset, RingLayout.DISCARD, flags);
  }

  /** Copies a whole record in; returns its payload's offset or why there was no room. */
  public long output(ByteBuffer from, int offset, int lengthBytes, long flags) {
    long payload = reserve(lengthBytes);
    if (payload >= 0) {
      memory.data().put((int) payload, from, offset, lengthBytes);
      submit(payload, flags);
    }
    return payload;
  }

  /** Returns how many committed records were overwritten by newer ones. */
  public long overwritten() {
    memory.producerPosition(); // acquire: what was counted before the position moved is seen
    return overwritten;
  }

  /** The lock is ours: writes the header, shows it, and gives the lock back. */
  private long place(int length, long position, long total) {
    long placed = shortcut.show(length, position, total);
    boolean unlocked = false;
    try {
      memory.unlock();
      unlocked = true;
    } finally {
      if (!unlocked) {
        favour.strayAt = position; // no stack: a store alone
      }
    }
    return placed;
  }

  /** Has the reader skip the record that a thread has shown and not handed out. */
  private void discardStray() {
    long offset = favour.strayAt & mask;
    int header = memory.header(offset);
    boolean waits = memory.consumerPosition() <= favour.strayAt; // else the reader has given it up
    if (waits && (header & RingLayout.BUSY) != 0) {
      memory.publishHeader(offset, header ^ RingLayout.BUSY | RingLayout.DISCARD);
    }
    favour.strayAt = -1;
  }

  /** As {@link #place}, where the tail is too short or others were faster: pads, or gives up. */
  private long placeAtEdge(int length, long total) {
    long position = memory.producerPosition();
    long tail = mask + 1 - (position & mask);
    long padding = total > tail ? tail : 0;
    if (overwrite) {
      makeRoom(position, Math.min(padding + total, mask));
    }
    long consumed = memory.consumerPosition();
    long free = consumed + mask - position;
    if (padding > 0 && padding <= free) {
      // Stays even if the record does not fit: one of over half the ring needs an empty tail.
      int header = (int) (tail - RingLayout.HEADER_BYTES) | RingLayout.DISCARD;
      memory.writeHeader(position & mask, header); // without a page: it is padding
      position += padding;
      memory.publishProducer(position);
      if (overwrite) {
        makeRoom(position, total);
        free = memory.consumerPosition() + mask - position + padding;
      }
    }
    if (padding + total > free) {
      fullAt = consumed;
      memory.unlock();
      return FULL;
    }
    return place(length, position, total);
  }

  /** Gives up the oldest records until {@code need} bytes are free, or the oldest is busy. */
  private void makeRoom(long position, long need) {
    long before = memory.consumerPosition();
    long consumed = before;
    while (position + need - consumed > mask && consumed != position) {
      long offset = consumed & mask;
      int header = memory.header(offset);
      if ((header & RingLayout.BUSY) != 0) {
        break;
      }
      if ((header & RingLayout.DISCARD) == 0) {
        overwritten++;
      }
      consumed += RingLayout.recordBytes(header & RingLayout.LENGTH_MASK);
    }
    if (consumed != before) {
      memory.publishConsumer(consumed);
      // Before any byte is overwritten: RingSnapshot looks at the position after it has copied.
      VarHandle.storeStoreFence();
    }
  }

  /**
   * The kernel exchanges atomically and compares positions to decide on a wake-up; that fence costs
   * as much as the whole reserve. Here the reader says that it sleeps ({@link RingSignal#await}).
   */
  private boolean commit(long payloadOffset, int discard, long flags) {
    long offset = payloadOffset - RingLayout.HEADER_BYTES;
    int header = memory.header(offset);
    if ((header & RingLayout.BUSY) == 0) {
      return false; // the reader gave the record up and counted it
    }
    memory.publishHeader(offset, header ^ RingLayout.BUSY | discard);
    signal.committed(flags);
    return true;
  }

  private boolean awaitLock() {
    for (int i = 0; i < SPINS + (favour.isLeaving() ? LONG_YIELDS : YIELDS); i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
      if (orphaned
          ? ORPHANED.compareAndSet(this, true, false)
          : !memory.isLocked() && memory.tryLock()) {
        return true; // once more free, or left to us
      }
    }
    return false;
  }
}
