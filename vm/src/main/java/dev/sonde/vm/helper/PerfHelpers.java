package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.PerfEventArrayMap;
import dev.sonde.vm.memory.RawMemory;

/** The perf event helpers: samples out through a PERF_EVENT_ARRAY. */
public final class PerfHelpers {
  private static final long INDEX_MASK = 0xffffffffL;
  private static final int VALUE_BYTES = 24; // struct bpf_perf_event_value

  private PerfHelpers() {}

  public static long perfEventOutput(
      CarrierSlot slot, long context, BpfMap map, long flags, long dataAddress, long sizeBytes) {
    if ((flags & ~INDEX_MASK) != 0 || !(map instanceof PerfEventArrayMap perf)) {
      return -Errno.EINVAL;
    }
    return perf.output(slot, flags, dataAddress, sizeBytes);
  }

  public static long perfEventRead(CarrierSlot slot, BpfMap map, long flags) {
    return noCounter(slot, map, flags);
  }

  public static long perfEventReadValue(
      CarrierSlot slot, BpfMap map, long flags, long toAddress, long sizeBytes) {
    RawMemory.fill(toAddress, sizeBytes, (byte) 0);
    return sizeBytes == VALUE_BYTES ? noCounter(slot, map, flags) : -Errno.EINVAL;
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

  /** Samples are taken without branch records. */
  public static long readBranchRecords(long context, long to, long sizeBytes, long flags) {
    return (flags & ~1) != 0 ? -Errno.EINVAL : -Errno.ENOENT; // BPF_F_GET_BRANCH_RECORDS_SIZE
  }

  public static long getBranchSnapshot(long to, long sizeBytes, long flags) {
    return flags != 0 ? -Errno.EINVAL : -Errno.ENOENT;
  }

  /** The lanes of a JVM take samples and count nothing: each is as a slot without an event. */
  private static long noCounter(CarrierSlot slot, BpfMap map, long flags) {
    if ((flags & ~INDEX_MASK) != 0) {
      return -Errno.EINVAL;
    }
    long index = flags == INDEX_MASK ? slot.index() : flags;
    return index < Integer.toUnsignedLong(map.spec().maxEntries()) ? -Errno.ENOENT : -Errno.E2BIG;
  }
}
