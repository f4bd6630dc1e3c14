package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * How the values of one map are copied: around the fields that only helpers may touch, and, where
 * BPF_F_LOCK asks for it, under the value's own spin lock.
 */
final class ValueCopy {
  private final int sizeBytes;
  private final List<SpecialField> fields;
  private final long[] plain; // the runs of bytes between the fields: offset and size in turn
  private final int lockOffset;

  ValueCopy(MapSpec spec) {
    sizeBytes = spec.valueSizeBytes();
    fields = spec.specialFields();
    lockOffset = spec.offsetOf(SpecialField.Kind.SPIN_LOCK);
    List<Long> runs = new ArrayList<>();
    long at = 0;
    for (SpecialField field : fields) {
      add(runs, at, field.offsetBytes() - at);
      at = field.offsetBytes() + (long) field.kind().sizeBytes();
    }
    add(runs, at, sizeBytes - at);
    plain = runs.stream().mapToLong(Long::longValue).toArray();
  }

  private static void add(List<Long> runs, long offset, long sizeBytes) {
    if (sizeBytes > 0) {
      runs.add(offset);
      runs.add(sizeBytes);
    }
  }

  boolean hasLock() {
    return lockOffset >= 0;
  }

  /** Copies a value; the fields of what is at {@code to} stay as they are. */
  void copy(long from, long to) {
    if (fields.isEmpty()) {
      RawMemory.copy(from, to, sizeBytes);
      return;
    }
    for (int i = 0; i < plain.length; i += 2) {
      RawMemory.copy(from + plain[i], to + plain[i], plain[i + 1]);
    }
  }

  /**
   * Copies a value while the lock in {@code locked}, one of the two, is held.
   *
   * @return 0, or -EBUSY when the lock stayed taken
   */
  int copyLocked(long from, long to, long locked) {
    if (!SpinWord.lock(locked + lockOffset)) {
      return -Errno.EBUSY;
    }
    try {
      copy(from, to);
      return 0;
    } finally {
      SpinWord.unlock(locked + lockOffset);
    }
  }

  /** Zeroes the fields of a value that nobody shares yet. */
  void clearFields(long value) {
    for (SpecialField field : fields) {
      RawMemory.fill(value + field.offsetBytes(), field.kind().sizeBytes(), (byte) 0);
    }
  }
}
