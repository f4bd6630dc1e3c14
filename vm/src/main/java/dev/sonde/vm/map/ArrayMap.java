package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;

/** BPF_MAP_TYPE_ARRAY: every slot exists, zeroed, from creation on; none can be deleted. */
public final class ArrayMap extends BpfMap {
  static final int FLAGS =
      MapSpecCheck.ACCESS_FLAGS | MapFlags.NUMA_NODE | MapFlags.MMAPABLE | MapFlags.INNER_MAP;

  private final long baseAddress;
  private final int strideBytes;
  private final int count;

  ArrayMap(MapSpec spec) {
    super(spec);
    count = spec.maxEntries();
    strideBytes = ArraySlots.strideBytes(spec);
    baseAddress = memory().zeroed((long) count * strideBytes);
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec).flags(FLAGS).keySize(4).hasValue().hasEntries();
    ArraySlots.check(spec);
  }

  /** Returns the address of slot 0; slot i is {@code i * strideBytes()} behind it. */
  public long baseAddress() {
    return baseAddress;
  }

  /** Returns the distance of slots: the value's size rounded up to 8. */
  public int strideBytes() {
    return strideBytes;
  }

  /** Returns how many slots there are; a lookup of a larger index, unsigned, answers 0. */
  public int count() {
    return count;
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int index = RawMemory.getInt(keyAddress);
    boolean inRange = Integer.compareUnsigned(index, count) < 0;
    return inRange ? baseAddress + (long) index * strideBytes : 0;
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    boolean locked = (flags & MapFlags.LOCK) != 0 && values().hasLock();
    int refusal =
        ArraySlots.refuseUpdate(keyAddress, locked ? flags & ~MapFlags.LOCK : flags, count);
    if (refusal != 0) {
      return refusal;
    }
    long value = lookup(cpuIndex, keyAddress);
    if (locked || timers() != null) {
      StackRoom.ensure();
    }
    if (locked) {
      refusal = values().copyLocked(valueAddress, value, value);
    } else {
      values().copy(valueAddress, value);
    }
    releaseFields(value); // a timer of the old value ends, as in the kernel
    return refusal;
  }

  @Override
  protected long keyOf(long valueAddress, long scratchAddress) {
    RawMemory.putInt(scratchAddress, (int) ((valueAddress - baseAddress) / strideBytes));
    return scratchAddress;
  }

  @Override
  public int delete(long keyAddress) {
    return -Errno.EINVAL; // as the kernel answers: an array has no absent slots
  }

  @Override
  public long forEachElement(int cpuIndex, ElementVisitor visitor) {
    return ArraySlots.forEach(this, cpuIndex, visitor);
  }

  @Override
  public long directValueAddress(int offsetBytes) {
    boolean inValue = offsetBytes >= 0 && offsetBytes < spec().valueSizeBytes();
    return count == 1 && inValue ? baseAddress + offsetBytes : 0;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return ArraySlots.nextKey(keyAddress, toAddress, count);
  }
}
