package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;

/**
 * BPF_MAP_TYPE_QUEUE and STACK: values without keys, first in first out or last in first out. One
 * short lock, as in the kernel; whoever does not get it answers -EBUSY.
 */
public final class QueueMap extends BpfMap {
  private static final int FLAGS = MapSpecCheck.ACCESS_FLAGS | MapFlags.NUMA_NODE;

  private final SpinWord lock;
  private final boolean stack;
  private final int capacity;
  private final int strideBytes;
  private final long base;
  private int head; // of the oldest value; guarded by lock, as is count
  private int count;

  QueueMap(MapSpec spec) {
    super(spec);
    stack = spec.type() == MapType.STACK;
    capacity = spec.maxEntries();
    strideBytes = ArraySlots.strideBytes(spec);
    base = memory().uninitialised((long) capacity * strideBytes);
    lock = new SpinWord(memory());
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec)
        .flags(FLAGS)
        .keySize(0)
        .hasValue()
        .hasEntries()
        .valueAtMost(MapSpecCheck.KMALLOC_MAX_BYTES)
        .entriesAtMost(Integer.MAX_VALUE);
  }

  @Override
  public int push(long valueAddress, long flags) {
    boolean replace = flags == MapFlags.EXIST;
    if (!replace && flags != MapFlags.ANY) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure();
    if (!lock.lock()) {
      return -Errno.EBUSY;
    }
    try {
      if (count == capacity) {
        if (!replace) {
          return -Errno.E2BIG;
        }
        head = next(head); // the oldest makes room, in a stack too
        count--;
      }
      RawMemory.copy(valueAddress, slot(count), spec().valueSizeBytes());
      count++;
      return 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int pop(long valueAddress) {
    return take(valueAddress, true);
  }

  @Override
  public int peek(long valueAddress) {
    return take(valueAddress, false);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  @Override
  public int delete(long keyAddress) {
    return -Errno.EINVAL;
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    return peek(toAddress);
  }

  @Override
  protected int takeValue(long keyAddress, long toAddress) {
    return pop(toAddress);
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    return push(valueAddress, flags);
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return -Errno.EINVAL;
  }

  private int take(long toAddress, boolean remove) {
    StackRoom.ensure();
    if (!lock.lock()) {
      return -Errno.EBUSY;
    }
    try {
      if (count == 0) {
        RawMemory.fill(toAddress, spec().valueSizeBytes(), (byte) 0);
        return -Errno.ENOENT;
      }
      RawMemory.copy(slot(stack ? count - 1 : 0), toAddress, spec().valueSizeBytes());
      if (remove) {
        head = stack ? head : next(head);
        count--;
      }
      return 0;
    } finally {
      lock.unlock();
    }
  }

  private int next(int slot) {
    return slot + 1 == capacity ? 0 : slot + 1;
  }

  /** Returns the address of the value that is {@code age} behind the oldest. */
  private long slot(int age) {
    long index = (long) head + age;
    return base + (index >= capacity ? index - capacity : index) * strideBytes;
  }
}
