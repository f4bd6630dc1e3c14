package dev.sonde.vm.map;

/** What the perf helpers need of a BPF_MAP_TYPE_PERF_EVENT_ARRAY map. */
public abstract class PerfMap extends BpfMap {
  protected PerfMap(MapSpec spec) {
    super(spec);
  }

  /**
   * Writes a sample into the lane that {@code flags} names: an index in its low 32 bits, or
   * BPF_F_CURRENT_CPU (0xffffffff) for lane {@code cpuIndex}.
   *
   * @return 0 or a negative errno: -E2BIG past the end, -ENOENT for a lane that nobody opened,
   *     -ENOSPC when it is full
   */
  public abstract int output(int cpuIndex, long flags, long dataAddress, long sizeBytes);

  /**
   * Reads the counter of the lane that {@code flags} names.
   *
   * @return 0, with {@code u64 counter, enabled, running} at {@code toAddress}, or a negative errno
   */
  public abstract int readValue(int cpuIndex, long flags, long toAddress);
}
