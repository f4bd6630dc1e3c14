package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;

/**
 * The values of a per-CPU map: one slab of {@code count} values for each CPU that has ever touched
 * the map. A machine has few CPUs and a JVM may have hundreds of carriers, so slabs are made at
 * first touch; a CPU without one reads as zeros. Small slabs of the first CPUs are made at once,
 * side by side: their addresses need no load.
 */
final class PercpuSlabs {
  /** So many CPUs have their slabs from the start and in one row, where these are small. */
  static final int ROWS = 64;

  private static final int CPUS = CarrierSlots.capacity();

  /** Two cache lines, which processors fetch together: rows share none. */
  private static final int MIN_ROW_BYTES = 128;

  private static final int MAX_ROW_BYTES = 1024;

  private final MapMemory memory;
  private final long table; // CPUS + 1 addresses; the last is the user side's and the reserve
  private final long rows; // 0: there are none
  private final int rowBytes;
  private final long count;
  private final int strideBytes;

  PercpuSlabs(MapMemory memory, long count, int valueSizeBytes) {
    this.memory = memory;
    this.count = count;
    this.strideBytes = (valueSizeBytes + 7) & ~7;
    this.table = memory.zeroed((CPUS + 1) * 8L);
    RawMemory.putLongRelease(slot(CPUS), memory.zeroed(count * strideBytes));
    boolean small = count * strideBytes <= MAX_ROW_BYTES;
    this.rowBytes = small ? rowBytes((int) count * strideBytes) : 0;
    this.rows = small ? makeRows() : 0;
  }

  /** A power of two, by which a row is found without a multiplication. */
  private static int rowBytes(int slabBytes) {
    return Math.max(MIN_ROW_BYTES, Integer.highestOneBit(2 * slabBytes - 1));
  }

  private long makeRows() {
    long unaligned = memory.zeroed((long) (ROWS + 1) * rowBytes);
    long first = unaligned + MIN_ROW_BYTES - 1 & -MIN_ROW_BYTES;
    for (int cpu = 0; cpu < Math.min(ROWS, CPUS); cpu++) {
      RawMemory.putLongRelease(slot(cpu), first + (long) cpu * rowBytes);
    }
    return first;
  }

  /** Returns the address of a table of slab addresses by CPU; 0 there: not made yet. */
  long tableAddress() {
    return table;
  }

  /**
   * Returns where the slabs of the first {@link #ROWS} CPUs lie, {@link #rowBytes} apart; 0 where
   * they are too large for that.
   */
  long rowsAddress() {
    return rows;
  }

  int rowBytes() {
    return rowBytes;
  }

  int strideBytes() {
    return strideBytes;
  }

  /** Returns the value's address; makes the CPU's slab at its first touch. */
  long addressOf(int cpuIndex, long index) {
    long slab = RawMemory.getLongAcquire(slot(cpuIndex)); // pairs with the CAS in make
    return (slab != 0 ? slab : make(cpuIndex)) + index * strideBytes;
  }

  /** Zeroes a value on every CPU. */
  void clear(long index) {
    for (int cpu = 0; cpu < CPUS; cpu++) {
      long slab = RawMemory.getLongAcquire(slot(cpu));
      if (slab != 0) {
        RawMemory.fill(slab + index * strideBytes, strideBytes, (byte) 0);
      }
    }
  }

  /**
   * Copies all CPUs' values of {@code index} to {@code toAddress}, zeros where there is no slab.
   */
  void copyOut(long index, long toAddress) {
    for (int cpu = 0; cpu < CPUS; cpu++) {
      long slab = RawMemory.getLongAcquire(slot(cpu));
      long to = toAddress + (long) cpu * strideBytes;
      if (slab == 0) {
        RawMemory.fill(to, strideBytes, (byte) 0);
      } else {
        RawMemory.copy(slab + index * strideBytes, to, strideBytes);
      }
    }
  }

  /** Sets all CPUs' values of {@code index}; zeros make no slab. */
  void copyIn(long index, long fromAddress, int valueSizeBytes) {
    for (int cpu = 0; cpu < CPUS; cpu++) {
      long from = fromAddress + (long) cpu * strideBytes;
      if (RawMemory.getLongAcquire(slot(cpu)) != 0 || !isZero(from)) {
        RawMemory.copy(from, addressOf(cpu, index), valueSizeBytes);
      }
    }
  }

  /** Returns how many bytes all CPUs' values take on the user side. */
  int userBytes() {
    return CPUS * strideBytes;
  }

  private long slot(int cpuIndex) {
    return table + cpuIndex * 8L;
  }

  private boolean isZero(long address) {
    for (int i = 0; i < strideBytes; i += 8) {
      if (RawMemory.getLong(address + i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Without memory the CPU shares the reserve slab: wrong counts are better than a null. */
  private long make(int cpuIndex) {
    long made = memory.tryZeroed(count * strideBytes);
    if (made == 0) {
      return RawMemory.getLongAcquire(slot(CPUS));
    }
    long other = RawMemory.compareAndExchangeLong(slot(cpuIndex), 0, made);
    return other == 0 ? made : other;
  }
}
