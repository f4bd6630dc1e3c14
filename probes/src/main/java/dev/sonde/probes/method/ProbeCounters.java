package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;

/**
 * The counters of a probe: a row of 64 bytes for each carrier slot, written by the slot's owner
 * alone without atomics, summed up by whoever asks. One more row is for events without a slot.
 *
 * <pre>
 *   0 u64 runs   8 u64 run time in ns   16 u64 recursion misses   24 u64 limited   32 u64 errors
 *  40 u64 sampling countdown           48 u64 rate window         56 u64 events in the window
 * </pre>
 */
final class ProbeCounters {
  static final int RUNS = 0;
  static final int RUN_TIME = 8;
  static final int MISSES = 16;
  static final int LIMITED = 24;
  static final int ERRORS = 32;
  static final int SAMPLE = 40;
  static final int WINDOW = 48;
  static final int WINDOW_EVENTS = 56;

  private static final int ROW_BYTES = 64;

  private final long address =
      RawMemory.allocateZeroed((long) (CarrierSlots.capacity() + 1) * ROW_BYTES);

  /** Returns the address of a slot's row. */
  long row(int slotIndex) {
    return address + (long) slotIndex * ROW_BYTES;
  }

  static void add(long row, int counter, long delta) {
    RawMemory.putLong(row + counter, RawMemory.getLong(row + counter) + delta);
  }

  /** Counts an event for which there was no slot: the only row that threads share. */
  void addShared(int counter) {
    RawMemory.getAndAddLong(row(CarrierSlots.capacity()) + counter, 1);
  }

  long sum(int counter) {
    long sum = 0;
    for (int i = 0; i <= CarrierSlots.capacity(); i++) {
      sum += RawMemory.getLong(row(i) + counter);
    }
    return sum;
  }

  void clear() {
    RawMemory.fill(address, (long) (CarrierSlots.capacity() + 1) * ROW_BYTES, (byte) 0);
  }
}
