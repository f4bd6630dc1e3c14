package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.PerfMap;
import dev.sonde.vm.memory.RawMemory;

/** The perf event helpers: samples out through a PERF_EVENT_ARRAY. */
public final class PerfHelpers {
  private static final long INDEX_MASK = 0xffffffffL;
  private static final int VALUE_BYTES = 24; // struct bpf_perf_event_value

  private PerfHelpers() {}

  public static long perfEventOutput(
      CarrierSlot slot, long context, BpfMap map, long flags, long dataAddress, long sizeBytes) {
    if ((flags & ~INDEX_MASK) != 0 || !(map instanceof PerfMap perf)) {
      return -Errno.EINVAL;
    }
    return perf.output(slot.index(), flags, dataAddress, sizeBytes);
  }

  /** Returns the counter itself, which cannot be told from an errno: use the next one instead. */
  public static long perfEventRead(CarrierSlot slot, BpfMap map, long flags) {
    long scratch = slot.helperScratch();
    long error = readValue(slot, map, flags, scratch);
    return error < 0 ? error : RawMemory.getLong(scratch);
  }

  /** Writes {@code u64 counter, enabled, running}. */
  public static long perfEventReadValue(
      CarrierSlot slot, BpfMap map, long flags, long toAddress, long sizeBytes) {
    long error = sizeBytes == VALUE_BYTES ? readValue(slot, map, flags, toAddress) : -Errno.EINVAL;
    if (error < 0) {
      RawMemory.fill(toAddress, sizeBytes, (byte) 0);
    }
    return error;
  }

  /** The counter of the event that the program is attached to, where its probe knows it. */
  public static long perfProgReadValue(
      CarrierSlot slot, long context, long toAddress, long sizeBytes) {
    Event event = slot.event();
    RawMemory.fill(toAddress, sizeBytes, (byte) 0);
    if (sizeBytes != VALUE_BYTES) {
      return -Errno.EINVAL;
    }
    return event != null && event.readCounter(toAddress) ? 0 : -Errno.EOPNOTSUPP;
  }

  private static long readValue(CarrierSlot slot, BpfMap map, long flags, long toAddress) {
    return (flags & ~INDEX_MASK) == 0 && map instanceof PerfMap perf
        ? perf.readValue(slot.index(), flags, toAddress)
        : -Errno.EINVAL;
  }
}
