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
  private long published; // the tail that the writer sees
  private long head;
  private boolean current; // whether record is the one at tail
  private long recordCount;
  private long otherCount; // of them those that are no samples
  private long lostCount;
  private volatile long records; // what other threads see, as of the last release
  private volatile long samples;
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
    this.published = tail;
  }

  /**
   * Returns a reader of what perf_event_open(2)'s descriptor maps: the metadata page and the data.
   *
   * @param mapping the whole mapping, writable: the tail tells the kernel what was read
   */
  public static PerfRingReader ofKernelMapping(ByteBuffer mapping, PerfFormat format) {
    ByteBuffer meta = mapping.duplicate().order(ByteOrder.nativeOrder());
    int offset = (int) meta.getLong(PerfLayout.DATA_OFFSET);
    int size = (int) meta.getLong(PerfLayout.DATA_SIZE);
    if (offset <= 0 || size <= 0 || offset > mapping.capacity() - size) {
      throw new IllegalArgumentException(
          "perf ring: data area of %d B at %d, want one within the mapping of %d B"
              .formatted(size, offset, mapping.capacity()));
    }
    return new PerfRingReader(meta, meta.slice(offset, size), format);
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
        step();
        handed++;
        handler.record(record);
        if (tail - published > mask >>> 2) {
          publish(); // a writer in need of room does not wait for the end of a long poll
        }
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

  /** Tells whether {@link #next} would find a record; costs one read and changes nothing. */
  public boolean isReady() {
    return current || (long) LONG.getAcquire(meta, PerfLayout.DATA_HEAD) != tail;
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
    step();
  }

  /** Gives the space of all records that were stepped over back to the writer. */
  public void release() {
    if (tail != published) {
      publish();
    }
    if (recordCount != records) {
      records = recordCount;
      samples = recordCount - otherCount;
      lost = lostCount;
    }
  }

  /** Returns how many records were read. */
  public long records() {
    return records;
  }

  /** Returns how many of the records were samples. */
  public long samples() {
    return samples;
  }

  /** Returns how many events the ring's LOST and LOST_SAMPLES records told of. */
  public long lost() {
    return lost;
  }

  private void step() {
    current = false;
    tail += record.sizeBytes();
    recordCount++;
    if (record.type() != PerfLayout.SAMPLE) {
      otherCount++;
      lostCount += record.lostCount();
    }
  }

  private void publish() {
    published = tail;
    LONG.setRelease(meta, PerfLayout.DATA_TAIL, tail); // the writer acquires it
  }

  private void parse() {
    long available = head - tail;
    if (available < PerfLayout.HEADER_BYTES || available > mask + 1L || (tail & 7) != 0) {
      throw new PerfCorruptedException(
          tail, "head %d, want 8 to %d B ahead".formatted(head, mask + 1L));
    }
    int offset = (int) tail & mask;
    long header = data.getLong(offset);
    int size = PerfRecord.sizeOf(header);
    if (size < PerfLayout.HEADER_BYTES || (size & 7) != 0 || size > available) {
      throw new PerfCorruptedException(
          tail, "record of %d B, want a multiple of 8 up to %d".formatted(size, available));
    }
    if (offset + size <= mask + 1) {
      record.moveTo(data, offset, size, header);
    } else {
      int first = mask + 1 - offset;
      joined.put(0, data, offset, first);
      joined.put(first, data, 0, size - first);
      record.moveTo(joined, 0, size, header);
    }
  }
}
