package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/** BPF_MAP_TYPE_PERCPU_ARRAY: an array of which each carrier slot has its own, zeroed at first. */
public final class PercpuArrayMap extends BpfMap {
  private static final int FLAGS = MapSpecCheck.ACCESS_FLAGS;

  private final PercpuSlabs slabs;
  private final int count;

  PercpuArrayMap(MapSpec spec) {
    super(spec);
    count = spec.maxEntries();
    slabs = new PercpuSlabs(memory(), count, spec.valueSizeBytes());
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec).flags(FLAGS).keySize(4).hasValue().hasEntries();
    MapSpecCheck.of(spec).valueAtMost(MapSpecCheck.PERCPU_MAX_BYTES);
    ArraySlots.check(spec);
  }

  /**
   * Returns the address of a table of u64 by CPU: the address of the CPU's slot 0, or 0 as long as
   * the CPU has not touched the map, in which case {@link #addressOf} must be asked.
   */
  public long slabTableAddress() {
    return slabs.tableAddress();
  }

  /**
   * Returns the address of slot 0 of CPU 0 where CPUs below {@link #rows} have theirs {@link
   * #rowBytes} apart; 0 where the map is too large for that.
   */
  public long rowsAddress() {
    return slabs.rowsAddress();
  }

  /** Returns the distance of CPUs from one another, a power of two. */
  public int rowBytes() {
    return slabs.rowBytes();
  }

  /** Returns how many CPUs have a row. */
  public static int rows() {
    return PercpuSlabs.ROWS;
  }

  /** Returns the address of a CPU's slot {@code index}, which is below {@link #count}. */
  public long addressOf(int cpuIndex, int index) {
    return slabs.addressOf(cpuIndex, index);
  }

  /** Returns the distance of slots within a CPU: the value's size rounded up to 8. */
  public int strideBytes() {
    return slabs.strideBytes();
  }

  /** Returns how many slots each CPU has. */
  public int count() {
    return count;
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int index = RawMemory.getInt(keyAddress);
    boolean inRange = Integer.compareUnsigned(index, count) < 0;
    return inRange ? slabs.addressOf(cpuIndex, index) : 0;
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    int refusal = refuse(keyAddress, flags);
    if (refusal == 0) {
      RawMemory.copy(valueAddress, lookup(cpuIndex, keyAddress), spec().valueSizeBytes());
    }
    return refusal;
  }

  @Override
  public int delete(long keyAddress) {
    return -Errno.EINVAL;
  }

  @Override
  public long forEachElement(int cpuIndex, ElementVisitor visitor) {
    return ArraySlots.forEach(this, cpuIndex, visitor);
  }

  @Override
  protected int userValueBytes() {
    return slabs.userBytes();
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    int index = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(index, count) >= 0) {
      return -Errno.ENOENT;
    }
    slabs.copyOut(index, toAddress);
    return 0;
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    int refusal = refuse(keyAddress, flags);
    if (refusal == 0) {
      slabs.copyIn(RawMemory.getInt(keyAddress), valueAddress, spec().valueSizeBytes());
    }
    return refusal;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return ArraySlots.nextKey(keyAddress, toAddress, count);
  }

  private int refuse(long keyAddress, long flags) {
    boolean known = flags >= 0 && flags <= MapFlags.EXIST; // BPF_F_LOCK too is unknown here
    return known ? ArraySlots.refuseUpdate(keyAddress, flags, count) : -Errno.EINVAL;
  }
}
