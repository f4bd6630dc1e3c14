package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;

/**
 * The values of a per-CPU map: one slab of {@code count} values for each CPU that has ever touched
 * the map. A machine has few CPUs and a JVM may have hundreds of carriers, so slabs are made at
 * first touch; a CPU without one reads as zeros.
 */
final class PercpuSlabs {
  private static final int CPUS = CarrierSlots.capacity();

  private final MapMemory memory;
  private final long table; // CPUS + 1 addresses; the last is the user side's and the reserve
  private final long count;
  private final int strideBytes;

  PercpuSlabs(MapMemory memory, long count, int valueSizeBytes) {
    this.memory = memory;
    this.count = count;
    this.strideBytes = (valueSizeBytes + 7) & ~7;
    this.table = memory.zeroed((CPUS + 1) * 8L);
    RawMemory.putLongRelease(slot(CPUS), memory.zeroed(count * strideBytes));
  }

  /** Returns the address of the table of slab addresses by CPU; 0 there: not made yet. */
  long tableAddress() {
    return table;
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
