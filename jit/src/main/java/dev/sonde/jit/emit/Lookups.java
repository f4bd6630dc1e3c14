package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.PercpuArrayMap;
import dev.sonde.vm.memory.RawMemory;

/** Lookups that are written out where the map is known. */
final class Lookups {
  private Lookups() {}

  static long array(int key, long baseAddress, int strideBytes, int entries) {
    return isBelow(key, entries) ? baseAddress + (long) key * strideBytes : 0;
  }

  /**
   * @param tableAddress of u64 by CPU: where its values begin, 0 before it has touched the map
   */
  static long percpuArray(
      CarrierSlot slot, BpfMap map, int key, long tableAddress, int strideBytes, int entries) {
    if (!isBelow(key, entries)) {
      return 0;
    }
    long values = RawMemory.getLong(tableAddress + slot.index() * 8L); // this CPU's own to change
    return values != 0
        ? values + (long) key * strideBytes
        : ((PercpuArrayMap) map).addressOf(slot.index(), key);
  }

  /**
   * As {@link #percpuArray}, of a map so small that most CPUs have a row.
   *
   * @param rowsAddress of slot 0 of CPU 0
   */
  static long percpuRow(
      CarrierSlot slot,
      BpfMap map,
      int key,
      long rowsAddress,
      int rowBytes,
      int strideBytes,
      int entries) {
    if (!isBelow(key, entries)) {
      return 0;
    }
    long cpu = slot.number();
    long values =
        cpu < PercpuArrayMap.rows()
            ? rowsAddress + cpu * rowBytes
            : ((PercpuArrayMap) map).addressOf((int) cpu, 0);
    return values + (long) key * strideBytes;
  }

  /** Unsigned, and without the JDK's method for that: it may be traced, and would be each time. */
  private static boolean isBelow(int key, int entries) {
    return key + Integer.MIN_VALUE < entries + Integer.MIN_VALUE;
  }
}
