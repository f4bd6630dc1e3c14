package dev.sonde.vm.map;

import dev.sonde.perfbuffer.PerfRingReader;
import dev.sonde.perfbuffer.PerfRingWriter;
import dev.sonde.perfbuffer.PerfSnapshot;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/** The perf ring of one carrier slot: the slot's owner writes, the map's reader reads. */
final class PerfLane {
  private static final int META_BYTES = 4096;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ByteBuffer meta;
  private final ByteBuffer data;
  private final long dataAddress;
  private final PerfRingWriter writer;
  private final PerfRingReader reader;
  private volatile long overwritten;

  /**
   * @param address of a zeroed block of {@link #bytes}
   */
  PerfLane(long address, int sizeBytes, boolean overwrite) {
    long page = address + 63 & -64L;
    meta = RawMemory.asBuffer(page, META_BYTES).order(ByteOrder.nativeOrder());
    dataAddress = page + META_BYTES;
    data = RawMemory.asBuffer(dataAddress, sizeBytes).order(ByteOrder.nativeOrder());
    writer = new PerfRingWriter(meta, data, overwrite);
    reader = new PerfRingReader(meta, data, PerfRingWriter.FORMAT);
  }

  static long bytes(int sizeBytes) {
    return 64L + META_BYTES + sizeBytes;
  }

  PerfRingReader reader() {
    return reader;
  }

  /** Tells whether a sample of so many bytes can ever be written. */
  boolean fits(long sizeBytes) {
    return sizeBytes >= 0 && sizeBytes <= writer.largestRawBytes();
  }

  /** Returns how many samples newer ones had overwritten by the last {@link #snapshot}. */
  long overwritten() {
    return overwritten;
  }

  /** Writes a sample; false when it is lost. Owner of the slot only. */
  boolean write(long timeNanos, long fromAddress, int sizeBytes) {
    int offset = writer.begin(timeNanos, sizeBytes);
    if (offset < 0) {
      return false;
    }
    int first = Math.min(sizeBytes, writer.bytesToEnd(offset));
    RawMemory.copy(fromAddress, dataAddress + offset, first);
    RawMemory.copy(fromAddress + first, dataAddress, sizeBytes - first);
    writer.commit();
    return true;
  }

  /** Copies the lane while its writer is paused. */
  PerfSnapshot snapshot() {
    writer.pause(PAUSE_NANOS);
    try {
      PerfSnapshot snapshot = new PerfSnapshot(meta, data, PerfRingWriter.FORMAT);
      overwritten = writer.written() - snapshot.size();
      return snapshot;
    } finally {
      writer.resume();
    }
  }
}
