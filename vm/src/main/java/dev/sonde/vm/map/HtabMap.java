package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_HASH and LRU_HASH. Readers take no lock; writers lock one bucket for a few writes.
 * As in the kernel an update of a present key fills another element and swaps it in, so that a
 * reader sees the old value or the new; a program that holds the old value's address writes to an
 * element that is no longer in the map.
 */
public final class HtabMap extends BpfMap {
  private final HashCore core;
  private final @Nullable LruClock lru; // null: a full map refuses new keys

  /** What stands in {@link #extras} while an update is at work, or if it was ended within. */
  private static final int IN_USE = -2;

  /** By CPU, the element that its next replacing update fills; NONE until its first. */
  private final int[] extras = new int[CarrierSlots.capacity() + 1];

  HtabMap(MapSpec spec) {
    super(spec);
    core = new HashCore(this, extras.length, spec.valueSizeBytes());
    lru = spec.type() == MapType.LRU_HASH ? new LruClock(memory(), core) : null;
    Arrays.fill(extras, ElementPool.NONE);
  }

  static void check(MapSpec spec) {
    HashCore.check(spec);
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int element = core.find(keyAddress);
    if (element < 0) {
      return 0;
    }
    if (lru != null && cpuIndex != USER_CPU) {
      lru.touch(element); // only programs' lookups are uses, as in the kernel
    }
    return core.pool().valueAddress(element);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    boolean locked = (flags & MapFlags.LOCK) != 0;
    if (!HashCore.isKnown(flags & ~MapFlags.LOCK) || locked && !values().hasLock()) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure();
    int hash = core.keys().hash(keyAddress);
    int answer = put(cpuIndex, hash, keyAddress, valueAddress, flags, ElementPool.NONE);
    if (answer != -Errno.E2BIG || lru == null) {
      return answer;
    }
    int evicted = lru.evict();
    if (evicted < 0) {
      return -Errno.ENOMEM;
    }
    releaseFields(core.pool().valueAddress(evicted));
    return put(cpuIndex, hash, keyAddress, valueAddress, flags, evicted);
  }

  @Override
  public int delete(long keyAddress) {
    int element = core.remove(keyAddress);
    if (element < 0) {
      return element == ElementPool.NONE ? -Errno.ENOENT : element;
    }
    giveBack(element, 0);
    return 0;
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
    values().copy(core.pool().valueAddress(element), toAddress);
    values().clearFields(toAddress);
    giveBack(element, 0);
    return 0;
  }

  @Override
  protected int takeLocked(long keyAddress, long toAddress) {
    int element = core.remove(keyAddress);
    if (element < 0) {
      return element == ElementPool.NONE ? -Errno.ENOENT : element;
    }
    long value = core.pool().valueAddress(element);
    values().clearFields(toAddress);
    int answer = values().copyLocked(value, toAddress, value);
    giveBack(element, 0);
    return answer;
  }

  @Override
  protected long keyOf(long valueAddress, long scratchAddress) {
    return core.pool().keyOfValue(valueAddress);
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return core.nextKey(keyAddress, toAddress, spec().keySizeBytes());
  }

  /**
   * @param evicted an element for a new key, given back if it is not needed; NONE: take a free one
   */
  private int put(
      int cpuIndex, int hash, long keyAddress, long valueAddress, long flags, int evicted) {
    int unused = evicted;
    int bucket = core.buckets().bucketOf(hash);
    if (!core.buckets().lock(bucket)) {
      return giveBack(unused, -Errno.EBUSY);
    }
    try {
      int old = core.buckets().findLocked(hash, keyAddress);
      int refusal = HashCore.refuse(old, flags & ~MapFlags.LOCK);
      if (refusal != 0) {
        return refusal;
      }
      if (old >= 0 && (flags & MapFlags.LOCK) != 0) { // in place: others hold the lock's address
        long value = core.pool().valueAddress(old);
        return values().copyLocked(valueAddress, value, value);
      }
      int fresh = old >= 0 ? extra(cpuIndex) : evicted >= 0 ? evicted : core.pool().take();
      if (fresh < 0) {
        return -Errno.E2BIG;
      }
      unused = fresh == evicted ? ElementPool.NONE : evicted;
      insert(fresh, bucket, hash, keyAddress, valueAddress);
      if (old >= 0) {
        retire(cpuIndex, bucket, old);
      }
      return 0;
    } finally {
      core.buckets().unlock(bucket);
      giveBack(unused, 0);
    }
  }

  private void insert(int fresh, int bucket, int hash, long keyAddress, long valueAddress) {
    core.keys().copy(keyAddress, core.pool().keyAddress(fresh));
    long value = core.pool().valueAddress(fresh);
    releaseFields(value); // a program may have begun a timer in an element that was deleted
    values().copy(valueAddress, value);
    values().clearFields(value);
    if (lru != null) {
      lru.begin(fresh);
    }
    core.buckets().link(bucket, fresh, hash);
  }

  private void retire(int cpuIndex, int bucket, int old) {
    core.buckets().unlink(bucket, old);
    RawMemory.putInt(core.pool().addressOf(old) + ElementPool.HASH, ElementPool.FREE);
    releaseFields(core.pool().valueAddress(old));
    extras[cpuIndex] = old;
  }

  /** An element that may be linked already, for its update was ended, is not taken again. */
  private int extra(int cpuIndex) {
    int extra = extras[cpuIndex];
    extras[cpuIndex] = IN_USE;
    if (extra >= 0) {
      return extra;
    }
    return extra == ElementPool.NONE ? core.pool().spare(cpuIndex) : core.pool().take();
  }

  private int giveBack(int element, int answer) {
    if (element >= 0) {
      releaseFields(core.pool().valueAddress(element));
      core.pool().give(element);
    }
    return answer;
  }
}
