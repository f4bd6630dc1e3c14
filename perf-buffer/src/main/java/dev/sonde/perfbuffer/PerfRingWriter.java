package dev.sonde.perfbuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes samples of {@code SAMPLE_TIME | SAMPLE_RAW} into a ring, as the kernel would: one writer
 * at a time. Forward, a full ring loses the sample, and the next that fits is preceded by a LOST
 * record. Backward (overwrite), positions fall, the oldest samples are overwritten, and a reader
 * pauses the writer while it copies.
 */
public final class PerfRingWriter {
  /** The format of what this writes. */
  public static final PerfFormat FORMAT =
      new PerfFormat(PerfLayout.SAMPLE_TIME | PerfLayout.SAMPLE_RAW, false, 0, 0, 0, 0);

  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final VarHandle WRITING = writing();

  /** Far longer than a store stays invisible to other cores. */
  private static final long SETTLE_NANOS = 1_000_000;

  /** header, time, u32 raw size. */
  private static final int PREFIX_BYTES = PerfLayout.HEADER_BYTES + 8 + 4;

  private static final int LOST_BYTES = PerfLayout.HEADER_BYTES + 16;

  private final ByteBuffer meta;
  private final ByteBuffer data;
  private final boolean overwrite;
  private final int mask;
  private long head;
  private long begun; // where the sample in the making begins
  private long unreportedLosses;
  private long written;
  private boolean writing;
  private volatile boolean paused;

  public PerfRingWriter(ByteBuffer meta, ByteBuffer data, boolean overwrite) {
    this.meta = meta;
    this.data = data.duplicate().order(ByteOrder.nativeOrder());
    this.mask = data.capacity() - 1;
    this.overwrite = overwrite;
    this.head = (long) LONG.get(meta, PerfLayout.DATA_HEAD);
  }

  /**
   * Begins a sample of {@code rawBytes} bytes; the caller writes them from the returned offset on,
   * wrapping at the end of the data area, and then calls {@link #commit}.
   *
   * @return the offset of the first raw byte, or -1 when the sample is lost
   */
  public int begin(long timeNanos, int rawBytes) {
    int total = PREFIX_BYTES + rawBytes + 7 & ~7;
    if (rawBytes < 0 || rawBytes > largestRawBytes()) {
      return lose();
    }
    WRITING.setOpaque(this, true); // read by pause, which waits long enough to see it
    if (paused) {
      return lose();
    }
    if (overwrite) {
      begun = head - total;
    } else {
      long tail = (long) LONG.getAcquire(meta, PerfLayout.DATA_TAIL); // pairs with reader's release
      int report = unreportedLosses == 0 ? 0 : LOST_BYTES;
      if (head - tail + report + total > mask + 1L) {
        return lose();
      }
      begun = report == 0 ? head : writeLost();
    }
    putHeader(begun, PerfLayout.SAMPLE, total);
    putLong(begun + 8, timeNanos);
    // The kernel too counts its padding as raw bytes, so that size + 4 is a multiple of 8.
    putInt(begun + 16, total - PREFIX_BYTES);
    for (int i = PREFIX_BYTES + rawBytes; i < total; i++) {
      data.put((int) (begun + i) & mask, (byte) 0);
    }
    head = overwrite ? begun : begun + total;
    return (int) (begun + PREFIX_BYTES) & mask;
  }

  /** Shows the sample to the reader. */
  public void commit() {
    written++;
    LONG.setRelease(meta, PerfLayout.DATA_HEAD, head); // pairs with the reader's acquire
    WRITING.setRelease(this, false); // pairs with pause
  }

  /** Returns how many raw bytes a sample can have in this ring. */
  public int largestRawBytes() {
    return Math.min(PerfLayout.MAX_RECORD_BYTES, mask & ~7) - PREFIX_BYTES;
  }

  /** Returns how many samples were written; exact while the writer is paused. */
  public long written() {
    return written;
  }

  /** Returns how many bytes fit at {@code offset} before the data area wraps. */
  public int bytesToEnd(int offset) {
    return mask + 1 - offset;
  }

  /**
   * Makes the writer lose what comes, until {@link #resume}: a reader wants to copy in peace.
   *
   * @return false when a sample in the making was not finished in time
   */
  public boolean pause(long timeoutNanos) {
    paused = true;
    long deadline = System.nanoTime() + timeoutNanos;
    do {
      LockSupport.parkNanos(this, SETTLE_NANOS);
    } while ((boolean) WRITING.getAcquire(this) && System.nanoTime() < deadline);
    return !(boolean) WRITING.getAcquire(this);
  }

  public void resume() {
    paused = false;
  }

  private static VarHandle writing() {
    try {
      return MethodHandles.lookup().findVarHandle(PerfRingWriter.class, "writing", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private int lose() {
    unreportedLosses++;
    WRITING.setRelease(this, false);
    return -1;
  }

  private long writeLost() {
    putHeader(head, PerfLayout.LOST, LOST_BYTES);
    putLong(head + 8, 0);
    putLong(head + 16, unreportedLosses);
    unreportedLosses = 0;
    return head + LOST_BYTES;
  }

  private void putHeader(long position, int type, int sizeBytes) {
    putLong(position, type | (long) sizeBytes << 48);
  }

  private void putInt(long position, int value) {
    data.putInt((int) position & mask, value);
  }

  /** Positions are multiples of 8, and so is the ring's size: a word never wraps. */
  private void putLong(long position, long value) {
    data.putLong((int) position & mask, value);
  }
}
