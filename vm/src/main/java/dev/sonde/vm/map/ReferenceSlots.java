package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The slots of an array whose elements are objects of this process: programs or cgroups. */
final class ReferenceSlots<T> {
  private static final int FLAGS = MapSpecCheck.ACCESS_FLAGS | MapFlags.NUMA_NODE;

  private final AtomicReferenceArray<@Nullable T> slots;

  ReferenceSlots(MapSpec spec) {
    slots = new AtomicReferenceArray<>(spec.maxEntries());
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec)
        .flags(FLAGS)
        .keySize(4)
        .valueSize(4)
        .hasEntries()
        .require(
            (spec.flags() & (MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG)) == 0,
            Errno.EINVAL,
            "flags 0x%x: programs neither read nor write its slots",
            spec.flags())
        .entriesAtMost(1 << 24);
  }

  boolean contains(int index) {
    return Integer.compareUnsigned(index, slots.length()) < 0;
  }

  /** Returns what slot {@code index}, a u32, holds; null when it is empty or out of range. */
  @Nullable T get(int index) {
    return contains(index) ? slots.getAcquire(index) : null; // pairs with set
  }

  void set(int index, T element) {
    slots.set(index, element);
  }

  /** Throws E2BIG for an index past the end: for what Java code puts in. */
  void require(int index, BpfMap map) {
    if (!contains(index)) {
      throw map.failure(
          Errno.E2BIG, "update: index %d, want less than %d".formatted(index, slots.length()));
    }
  }

  /** Returns why bytes cannot be put into the key's slot, as a negative errno, or 0. */
  int refuseStore(long keyAddress, long flags) {
    if (flags != MapFlags.ANY) {
      return -Errno.EINVAL;
    }
    return contains(RawMemory.getInt(keyAddress)) ? 0 : -Errno.E2BIG;
  }

  /** Empties the key's slot. */
  int delete(long keyAddress) {
    int index = RawMemory.getInt(keyAddress);
    if (!contains(index)) {
      return -Errno.E2BIG;
    }
    return slots.getAndSet(index, null) == null ? -Errno.ENOENT : 0;
  }

  int nextKey(long keyAddress, long toAddress) {
    return ArraySlots.nextKey(keyAddress, toAddress, slots.length());
  }
}
