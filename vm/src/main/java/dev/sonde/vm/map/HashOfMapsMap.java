package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;

/** BPF_MAP_TYPE_HASH_OF_MAPS: maps of one shape by key; a lookup answers a map pointer. */
public final class HashOfMapsMap extends BpfMap {
  private final HashCore core;

  HashOfMapsMap(MapSpec spec) {
    super(spec);
    core = new HashCore(this, 0, 4);
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec).valueSize(4);
    HashCore.check(spec);
    InnerMaps.check(spec);
  }

  /** Returns the inner map's id, which is its map pointer, or 0. */
  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int element = core.find(keyAddress);
    return element < 0 ? 0 : RawMemory.getIntAcquire(core.pool().valueAddress(element));
  }

  /** Puts {@code inner} under a key, as an update with its id would. */
  public void set(byte[] key, BpfMap inner) {
    update(key, InnerMaps.bytes(inner.id()), MapFlags.ANY);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  @Override
  public int delete(long keyAddress) {
    return core.delete(keyAddress);
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
    int id = RawMemory.getInt(valueAddress);
    int refusal = InnerMaps.refuse(spec(), id);
    if (refusal != 0 || !HashCore.isKnown(flags)) {
      return refusal != 0 ? refusal : -Errno.EINVAL;
    }
    int hash = core.keys().hash(keyAddress);
    int bucket = core.buckets().bucketOf(hash);
    StackRoom.ensure();
    if (!core.buckets().lock(bucket)) {
      return -Errno.EBUSY;
    }
    try {
      return put(bucket, hash, keyAddress, id, flags);
    } finally {
      core.buckets().unlock(bucket);
    }
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return core.nextKey(keyAddress, toAddress, spec().keySizeBytes());
  }

  private int put(int bucket, int hash, long keyAddress, int id, long flags) {
    int old = core.buckets().findLocked(hash, keyAddress);
    int refusal = HashCore.refuse(old, flags);
    if (refusal != 0) {
      return refusal;
    }
    if (old >= 0) {
      RawMemory.putIntRelease(core.pool().valueAddress(old), id); // pairs with lookup
      return 0;
    }
    int fresh = core.pool().take();
    if (fresh < 0) {
      return -Errno.E2BIG;
    }
    core.keys().copy(keyAddress, core.pool().keyAddress(fresh));
    RawMemory.putLong(core.pool().valueAddress(fresh), id);
    core.buckets().link(bucket, fresh, hash);
    return 0;
  }
}
