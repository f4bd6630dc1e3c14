package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/** The rules that all array-like maps share: keys are u32 indices, and every slot exists. */
final class ArraySlots {
  private ArraySlots() {}

  /** Refuses arrays whose bytes a process could not address. */
  static void check(MapSpec spec) {
    long totalBytes = Integer.toUnsignedLong(spec.maxEntries()) * strideBytes(spec);
    MapSpecCheck.of(spec)
        .valueAtMost(Integer.MAX_VALUE - 7)
        .entriesAtMost(Integer.MAX_VALUE)
        .require(totalBytes < 1L << 36, Errno.ENOMEM, "%d B, want less than 64 GiB", totalBytes);
  }

  static int strideBytes(MapSpec spec) {
    return (spec.valueSizeBytes() + 7) & ~7;
  }

  /** Returns why an update is refused, as a negative errno, or 0. */
  static int refuseUpdate(long keyAddress, long flags, int count) {
    if ((flags & ~MapFlags.LOCK) > MapFlags.EXIST || flags < 0) {
      return -Errno.EINVAL;
    }
    if (Integer.compareUnsigned(RawMemory.getInt(keyAddress), count) >= 0) {
      return -Errno.E2BIG;
    }
    if ((flags & MapFlags.NOEXIST) != 0) {
      return -Errno.EEXIST;
    }
    return (flags & MapFlags.LOCK) != 0 ? -Errno.EINVAL : 0;
  }

  /** Writes the index after the key's, 0 after none or one out of range; -ENOENT after the last. */
  static int nextKey(long keyAddress, long toAddress, int count) {
    int index = keyAddress == 0 ? -1 : RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(index, count) >= 0) {
      RawMemory.putInt(toAddress, 0);
      return 0;
    }
    if (index == count - 1) {
      return -Errno.ENOENT;
    }
    RawMemory.putInt(toAddress, index + 1);
    return 0;
  }

  /** Visits slot after slot; the key lies in scratch memory of this call. */
  static long forEach(BpfMap map, int cpuIndex, ElementVisitor visitor) {
    long key = RawMemory.allocateZeroed(8);
    try {
      int count = map.spec().maxEntries();
      for (int i = 0; i < count; i++) {
        RawMemory.putInt(key, i);
        if (visitor.visit(key, map.lookup(cpuIndex, key)) != 0) {
          return i + 1L;
        }
      }
      return count;
    } finally {
      RawMemory.free(key);
    }
  }
}
