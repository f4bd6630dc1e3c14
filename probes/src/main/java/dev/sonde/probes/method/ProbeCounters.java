package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;

/**
 * The counters of a probe: a row of 64 bytes for each carrier slot, written by the slot's owner
 * alone without atomics, summed up by whoever asks. One more row is for events without a slot.
 *
 * <pre>
 *   0 u64 runs   8 u64 ns of timed runs   16 u64 recursion misses   24 u64 limited   32 u64 errors
 *  40 u64 sampling countdown   48 16 bytes unused
 * </pre>
 *
 * Of every {@link #TIMED_ONE_IN} runs the first is timed: two clock reads cost more than most
 * programs. The shared row's countdown field holds the tokens of the rate limit.
 */
final class ProbeCounters {
  static final int RUNS = 0;
  static final int TIMED_NANOS = 8;
  static final int MISSES = 16;
  static final int LIMITED = 24;
  static final int ERRORS = 32;
  static final int SAMPLE = 40;

  private static final int UNUSED = 48;

  /** A power of two. */
  static final int TIMED_ONE_IN = 256;

  /** Log2 of a row's bytes. */
  static final int ROW_SHIFT = 6;

  private static final int ROW_BYTES = 1 << ROW_SHIFT;

  private final long address =
      RawMemory.allocateZeroed((long) (CarrierSlots.capacity() + 1) * ROW_BYTES);

  /** Returns the address of a slot's row. */
  long row(int slotIndex) {
    return address + (long) slotIndex * ROW_BYTES;
  }

  /** Returns the address of 8 bytes that mean nothing. */
  long spareAddress() {
    return row(CarrierSlots.capacity()) + UNUSED;
  }

  static void add(long row, int counter, long delta) {
    RawMemory.putLong(row + counter, RawMemory.getLong(row + counter) + delta);
  }

  /** Returns the address of the rows, which emitted code has as a constant. */
  long address() {
    return address;
  }

  /** Counts a run on {@code slot}, whose row is {@code row}; notes when it began if it is timed. */
  static void beginRun(CarrierSlot slot, long row) {
    if (countRun(row)) {
      slot.timedSince = System.nanoTime();
    }
  }

  /** As above, of an event for which the clock has just been read. */
  static void beginRun(CarrierSlot slot, long row, long nowNanos) {
    if (countRun(row)) {
      slot.timedSince = nowNanos;
    }
  }

  /** Counts a run; returns whether it is to be timed: of each {@link #TIMED_ONE_IN} the first. */
  private static boolean countRun(long row) {
    long runs = RawMemory.getLong(row + RUNS);
    RawMemory.putLong(row + RUNS, runs + 1);
    return (runs & TIMED_ONE_IN - 1) == 0;
  }

  /** Returns how long all runs took, as far as those that were timed tell. */
  long runTimeNanos() {
    long sum = 0;
    for (int i = 0; i < CarrierSlots.capacity(); i++) {
      long runs = RawMemory.getLong(row(i) + RUNS);
      long timed = (runs + TIMED_ONE_IN - 1) / TIMED_ONE_IN;
      long nanos = RawMemory.getLong(row(i) + TIMED_NANOS);
      sum += timed == 0 ? 0 : Math.round((double) nanos * runs / timed);
    }
    return sum;
  }

  /** Takes one of the events that the rate limit still grants. */
  boolean takeToken() {
    long tokens = row(CarrierSlots.capacity()) + SAMPLE;
    return RawMemory.getLong(tokens) > 0 && RawMemory.getAndAddLong(tokens, -1) > 0;
  }

  /** Grants {@code more} events, up to {@code most} in all. */
  void grantTokens(long more, long most) {
    long tokens = row(CarrierSlots.capacity()) + SAMPLE;
    long left = Math.max(0, RawMemory.getLongVolatile(tokens));
    RawMemory.putLongVolatile(tokens, Math.min(most, left + more));
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
