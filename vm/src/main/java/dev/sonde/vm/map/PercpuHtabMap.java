package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_PERCPU_HASH and LRU_PERCPU_HASH: the keys are shared, each carrier slot has values
 * of its own. A program's insert sets its own value and zeroes all others; its update touches only
 * its own.
 */
public final class PercpuHtabMap extends BpfMap {
  private final HashCore core;
  private final PercpuSlabs slabs;
  private final @Nullable LruClock lru; // null: a full map refuses new keys

  PercpuHtabMap(MapSpec spec) {
    super(spec);
    core = new HashCore(this, 0, 0);
    slabs = new PercpuSlabs(memory(), spec.maxEntries(), spec.valueSizeBytes());
    lru = spec.type() == MapType.LRU_PERCPU_HASH ? new LruClock(memory(), core) : null;
  }

  static void check(MapSpec spec) {
    HashCore.check(spec);
    MapSpecCheck.of(spec).flags(~MapFlags.NUMA_NODE).valueAtMost(MapSpecCheck.PERCPU_MAX_BYTES);
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int element = core.find(keyAddress);
    if (element < 0) {
      return 0;
    }
    if (lru != null && cpuIndex != USER_CPU) {
      lru.touch(element);
    }
    return slabs.addressOf(cpuIndex, element);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return put(cpuIndex, false, keyAddress, valueAddress, flags);
  }

  @Override
  public int delete(long keyAddress) {
    return core.delete(keyAddress);
  }

  @Override
  public long forEachElement(int cpuIndex, ElementVisitor visitor) {
    return core.forEach(visitor, element -> slabs.addressOf(cpuIndex, element));
  }

  @Override
  protected int userValueBytes() {
    return slabs.userBytes();
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    int element = core.find(keyAddress);
    if (element < 0) {
      return -Errno.ENOENT;
    }
    slabs.copyOut(element, toAddress);
    return 0;
  }

  @Override
  protected int takeValue(long keyAddress, long toAddress) {
    int element = core.remove(keyAddress);
    if (element < 0) {
      return element == ElementPool.NONE ? -Errno.ENOENT : element;
    }
    slabs.copyOut(element, toAddress);
    core.pool().give(element);
    return 0;
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    return put(USER_CPU, true, keyAddress, valueAddress, flags);
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return core.nextKey(keyAddress, toAddress, spec().keySizeBytes());
  }

  /**
   * @param all whether {@code valueAddress} has the values of all CPUs
   */
  private int put(int cpuIndex, boolean all, long keyAddress, long valueAddress, long flags) {
    if (!HashCore.isKnown(flags)) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure();
    int hash = core.keys().hash(keyAddress);
    int answer = put(cpuIndex, all, hash, keyAddress, valueAddress, flags, ElementPool.NONE);
    if (answer != -Errno.E2BIG || lru == null) {
      return answer;
    }
    int evicted = lru.evict();
    return evicted < 0
        ? -Errno.ENOMEM
        : put(cpuIndex, all, hash, keyAddress, valueAddress, flags, evicted);
  }

  private int put(
      int cpuIndex,
      boolean all,
      int hash,
      long keyAddress,
      long valueAddress,
      long flags,
      int evicted) {
    int unused = evicted;
    int bucket = core.buckets().bucketOf(hash);
    if (!core.buckets().lock(bucket)) {
      return giveBack(unused, -Errno.EBUSY);
    }
    try {
      int old = core.buckets().findLocked(hash, keyAddress);
      int refusal = HashCore.refuse(old, flags);
      if (refusal != 0) {
        return refusal;
      }
      if (old >= 0) {
        write(cpuIndex, all, old, valueAddress);
        return 0;
      }
      int fresh = evicted >= 0 ? evicted : core.pool().take();
      if (fresh < 0) {
        return -Errno.E2BIG;
      }
      unused = ElementPool.NONE;
      slabs.clear(fresh);
      write(cpuIndex, all, fresh, valueAddress);
      core.keys().copy(keyAddress, core.pool().keyAddress(fresh));
      if (lru != null) {
        lru.begin(fresh);
      }
      core.buckets().link(bucket, fresh, hash);
      return 0;
    } finally {
      core.buckets().unlock(bucket);
      giveBack(unused, 0);
    }
  }

  private void write(int cpuIndex, boolean all, int element, long valueAddress) {
    if (all) {
      slabs.copyIn(element, valueAddress, spec().valueSizeBytes());
    } else {
      long value = slabs.addressOf(cpuIndex, element);
      RawMemory.copy(valueAddress, value, spec().valueSizeBytes());
    }
  }

  private int giveBack(int element, int answer) {
    if (element >= 0) {
      core.pool().give(element);
    }
    return answer;
  }
}
