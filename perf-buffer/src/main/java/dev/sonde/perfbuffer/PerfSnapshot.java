package dev.sonde.perfbuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A copy of an overwrite ring, whose writer is paused meanwhile: what a flight recorder dumps. Its
 * head is the newest record, and older ones follow by rising position until the ring has gone round
 * or memory that was never written is met.
 */
public final class PerfSnapshot {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer copy;
  private final PerfRecord record;
  private final List<Integer> offsets = new ArrayList<>(); // into copy, oldest first
  private int next;

  /** Copies the ring; the caller has paused its writer. */
  public PerfSnapshot(ByteBuffer meta, ByteBuffer data, PerfFormat format) {
    int size = data.capacity();
    long head = (long) LONG.getAcquire(meta, PerfLayout.DATA_HEAD); // pairs with commit
    int start = (int) head & size - 1;
    copy = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    copy.put(0, data, start, size - start);
    copy.put(size - start, data, 0, start);
    record = new PerfRecord(format);
    for (int at = 0; at + PerfLayout.HEADER_BYTES <= size; at += bytesAt(at)) {
      int bytes = bytesAt(at);
      if (bytes < PerfLayout.HEADER_BYTES || (bytes & 7) != 0 || at + bytes > size) {
        break; // never written, or the oldest record, of which the newest took a part
      }
      offsets.add(at);
    }
    Collections.reverse(offsets);
  }

  /** Returns how many whole records there are. */
  public int size() {
    return offsets.size();
  }

  /** Moves to the next record, oldest first. */
  public boolean next() {
    if (next == offsets.size()) {
      return false;
    }
    int at = offsets.get(next++);
    record.moveTo(copy, at, bytesAt(at), copy.getLong(at));
    return true;
  }

  /** Returns the record that {@link #next} moved to. */
  public PerfRecord record() {
    return record;
  }

  private int bytesAt(int offset) {
    return PerfRecord.sizeOf(copy.getLong(offset));
  }
}
