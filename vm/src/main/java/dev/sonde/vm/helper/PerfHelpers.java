package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.PerfMap;

/** The perf event helpers: samples out through a PERF_EVENT_ARRAY. */
public final class PerfHelpers {
  private static final long INDEX_MASK = 0xffffffffL;

  private PerfHelpers() {}

  public static long perfEventOutput(
      CarrierSlot slot, long context, BpfMap map, long flags, long dataAddress, long sizeBytes) {
    if ((flags & ~INDEX_MASK) != 0 || !(map instanceof PerfMap perf)) {
      return -Errno.EINVAL;
    }
    return perf.output(slot.index(), flags, dataAddress, sizeBytes);
  }
}
