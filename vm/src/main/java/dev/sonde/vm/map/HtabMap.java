package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import java.util.Arrays;

/**
 * BPF_MAP_TYPE_HASH. Readers take no lock; writers lock one bucket for a few writes. As in the
 * kernel an update of a present key fills another element and swaps it in, so that a reader sees
 * the old value or the new; a program that holds the old value's address writes to an element that
 * is no longer in the map.
 */
public final class HtabMap extends BpfMap {
  private final HashCore core;

  /** By CPU, the element that its next replacing update fills; NONE until its first. */
  private final int[] extras = new int[CarrierSlots.capacity() + 1];

  HtabMap(MapSpec spec) {
    super(spec);
    core = new HashCore(this, extras.length, spec.valueSizeBytes());
    Arrays.fill(extras, ElementPool.NONE);
  }

  static void check(MapSpec spec) {
    HashCore.check(spec);
    MapSpecCheck.of(spec).flags(HashCore.FLAGS & ~MapFlags.NO_COMMON_LRU);
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int element = core.find(keyAddress);
    return element < 0 ? 0 : core.pool().valueAddress(element);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    if (!HashCore.isKnown(flags)) {
      return -Errno.EINVAL;
    }
    int hash = core.keys().hash(keyAddress);
    int bucket = core.buckets().bucketOf(hash);
    if (!core.buckets().lock(bucket)) {
      return -Errno.EBUSY;
    }
    try {
      return put(cpuIndex, bucket, hash, keyAddress, valueAddress, flags);
    } finally {
      core.buckets().unlock(bucket);
    }
  }

  @Override
  public int delete(long keyAddress) {
    return core.delete(keyAddress);
  }

  @Override
  public long forEachElement(int cpuIndex, ElementVisitor visitor) {
    return core.forEach(visitor, core.pool()::valueAddress);
  }

  @Override
  protected int takeValue(long keyAddress, long toAddress) {
    int element = core.remove(keyAddress);
    if (element < 0) {
      return element == ElementPool.NONE ? -Errno.ENOENT : element;
    }
    RawMemory.copy(core.pool().valueAddress(element), toAddress, spec().valueSizeBytes());
    core.pool().give(element);
    return 0;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return core.nextKey(keyAddress, toAddress, spec().keySizeBytes());
  }

  private int put(
      int cpuIndex, int bucket, int hash, long keyAddress, long valueAddress, long flags) {
    int old = core.buckets().find(hash, keyAddress);
    int refusal = HashCore.refuse(old, flags);
    if (refusal != 0) {
      return refusal;
    }
    int fresh = old < 0 ? core.pool().take() : extra(cpuIndex);
    if (fresh < 0) {
      return -Errno.E2BIG;
    }
    core.keys().copy(keyAddress, core.pool().keyAddress(fresh));
    RawMemory.copy(valueAddress, core.pool().valueAddress(fresh), spec().valueSizeBytes());
    core.buckets().link(bucket, fresh, hash);
    if (old >= 0) {
      core.buckets().unlink(bucket, old);
      RawMemory.putInt(core.pool().addressOf(old) + ElementPool.HASH, ElementPool.FREE);
      extras[cpuIndex] = old;
    }
    return 0;
  }

  private int extra(int cpuIndex) {
    int extra = extras[cpuIndex];
    return extra != ElementPool.NONE ? extra : core.pool().spare(cpuIndex);
  }
}
