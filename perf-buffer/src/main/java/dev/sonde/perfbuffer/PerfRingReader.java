package dev.sonde.perfbuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The one reader of a perf ring in forward mode: hands over its records in order, parsed in place.
 * A record that wraps is copied together first. One thread at a time.
 */
public final class PerfRingReader {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer meta;
  private final ByteBuffer data;
  private final ByteBuffer joined =
      ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());
  private final PerfRecord record;
  private final int mask;
  private long tail;
  private long head;
  private boolean current; // whether record is the one at tail
  private long recordCount;
  private long lostCount;
  private volatile long records; // what other threads see, as of the last release
  private volatile long lost;

  /**
   * @param meta the metadata page, writable
   * @param data the data area, a power of two
   */
  public PerfRingReader(ByteBuffer meta, ByteBuffer data, PerfFormat format) {
    if (Integer.bitCount(data.capacity()) != 1 || data.capacity() < PerfLayout.HEADER_BYTES) {
      throw new IllegalArgumentException(
          "perf ring: data area %d B, want a power of two".formatted(data.capacity()));
    }
    this.meta = meta;
    this.data = data.duplicate().order(ByteOrder.nativeOrder());
    this.mask = data.capacity() - 1;
    this.record = new PerfRecord(format);
    this.tail = (long) LONG.get(meta, PerfLayout.DATA_TAIL);
    this.head = tail;
  }

  /**
   * Hands up to {@code limit} records to {@code handler}, oldest first, and gives their space back.
   * Records that tell of losses are counted in {@link #lost} and handed over too.
   *
   * @return how many were handed over
   * @throws PerfCorruptedException if a size contradicts the ring's; read this ring no more
   */
  public int poll(PerfHandler handler, int limit) {
    int handed = 0;
    try {
      while (handed < limit && next()) {
        current = false;
        tail += record.sizeBytes();
        handed++;
        handler.record(record);
      }
      return handed;
    } finally {
      release();
    }
  }

  /**
   * Parses the oldest record without giving it back, for merging rings by time.
   *
   * @return whether there is one; then {@link #record} has it until {@link #advance}
   */
  public boolean next() {
    if (current) {
      return true;
    }
    if (tail == head) {
      head = (long) LONG.getAcquire(meta, PerfLayout.DATA_HEAD); // pairs with the writer's release
      if (tail == head) {
        return false;
      }
    }
    parse();
    current = true;
    return true;
  }

  /** Returns what {@link #next} found. */
  public PerfRecord record() {
    return record;
  }

  /** Steps over the record that {@link #next} found; {@link #release} gives the space back. */
  public void advance() {
    if (!current) {
      throw new IllegalStateException("perf ring: advance without next");
    }
    current = false;
    tail += record.sizeBytes();
  }

  /** Gives the space of all records that were stepped over back to the writer. */
  public void release() {
    LONG.setRelease(meta, PerfLayout.DATA_TAIL, tail); // the writer acquires it
    if (recordCount != records) {
      records = recordCount;
      lost = lostCount;
    }
  }

  /** Returns how many records were read. */
  public long records() {
    return records;
  }

  /** Returns how many events the ring's LOST and LOST_SAMPLES records told of. */
  public long lost() {
    return lost;
  }

  private void parse() {
    long available = head - tail;
    if (available < PerfLayout.HEADER_BYTES || available > mask + 1L || (tail & 7) != 0) {
      throw new PerfCorruptedException(
          tail, "head %d, want 8 to %d B ahead".formatted(head, mask + 1L));
    }
    int offset = (int) tail & mask;
    int size = data.getShort(offset + 6) & 0xffff;
    if (size < PerfLayout.HEADER_BYTES || (size & 7) != 0 || size > available) {
      throw new PerfCorruptedException(
          tail, "record of %d B, want a multiple of 8 up to %d".formatted(size, available));
    }
    if (offset + size <= mask + 1) {
      record.moveTo(data, offset, size);
    } else {
      int first = mask + 1 - offset;
      joined.put(0, data, offset, first);
      joined.put(first, data, 0, size - first);
      record.moveTo(joined, 0, size);
    }
    recordCount++;
    if (record.type() != PerfLayout.SAMPLE) {
      lostCount += record.lostCount();
    }
  }
}
