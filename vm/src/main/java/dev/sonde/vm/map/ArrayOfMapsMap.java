package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/** BPF_MAP_TYPE_ARRAY_OF_MAPS: slots for maps of one shape; a lookup answers a map pointer. */
public final class ArrayOfMapsMap extends BpfMap {
  private static final int FLAGS = MapSpecCheck.ACCESS_FLAGS | MapFlags.NUMA_NODE;

  private final long slots; // u32 map ids, 0 when empty
  private final int count;

  ArrayOfMapsMap(MapSpec spec) {
    super(spec);
    count = spec.maxEntries();
    slots = memory().zeroed(count * 4L);
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec).flags(FLAGS).keySize(4).valueSize(4).hasEntries();
    MapSpecCheck.of(spec).entriesAtMost(1 << 28);
    InnerMaps.check(spec);
  }

  /** Returns the inner map's id, which is its map pointer, or 0. */
  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int index = RawMemory.getInt(keyAddress);
    boolean inRange = Integer.compareUnsigned(index, count) < 0;
    return inRange ? RawMemory.getIntAcquire(slots + index * 4L) : 0; // pairs with the swaps below
  }

  /** Puts {@code inner} into a slot, as an update with its id would. */
  public void set(int index, BpfMap inner) {
    update(InnerMaps.bytes(index), InnerMaps.bytes(inner.id()), MapFlags.ANY);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  @Override
  public int delete(long keyAddress) {
    int index = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(index, count) >= 0) {
      return -Errno.E2BIG;
    }
    return RawMemory.getAndSetInt(slots + index * 4L, 0) == 0 ? -Errno.ENOENT : 0;
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    long inner = lookup(USER_CPU, keyAddress);
    if (inner == 0) {
      return -Errno.ENOENT;
    }
    RawMemory.putInt(toAddress, (int) inner);
    return 0;
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    if (flags != MapFlags.ANY) {
      return -Errno.EINVAL;
    }
    int index = RawMemory.getInt(keyAddress);
    if (Integer.compareUnsigned(index, count) >= 0) {
      return -Errno.E2BIG;
    }
    int id = RawMemory.getInt(valueAddress);
    int refusal = InnerMaps.refuse(spec(), id);
    if (refusal == 0) {
      RawMemory.getAndSetInt(slots + index * 4L, id);
    }
    return refusal;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return ArraySlots.nextKey(keyAddress, toAddress, count);
  }
}
