package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;

/**
 * BPF_MAP_TYPE_DEVMAP, DEVMAP_HASH, CPUMAP and XSKMAP: where packets may be redirected to. A JVM
 * has no devices, so that an element stands for itself: whether there is one decides what
 * bpf_redirect_map answers, as in a test run of the kernel's. Only the user side writes.
 *
 * <p>Value: {@code u32 ifindex, u32 prog_fd} of a device, {@code u32 qsize, u32 prog_fd} of a CPU,
 * {@code u32 fd} of a socket; the second number may be missing.
 */
public final class RedirectMap extends BpfMap {
  private static final int MAX_CPUS = 8192; // NR_CPUS of x86-64, more than any machine has
  private static final int DEVICE_FLAGS = MapFlags.NUMA_NODE | MapFlags.RDONLY | MapFlags.WRONLY;

  private final HashCore core;
  private final boolean indexed; // by a number below max_entries
  private final long keysByCpu; // u64 a carrier slot: where a key in a register becomes bytes

  RedirectMap(MapSpec spec) {
    super(spec);
    keysByCpu = memory().zeroed((long) CarrierSlots.capacity() * Long.BYTES);
    core = new HashCore(this, 0, spec.valueSizeBytes());
    indexed = spec.type() != MapType.DEVMAP_HASH;
  }

  static void check(MapSpec spec) {
    boolean cpus = spec.type() == MapType.CPUMAP;
    boolean pairs = spec.type() != MapType.XSKMAP && spec.valueSizeBytes() == 2 * Integer.BYTES;
    MapSpecCheck.of(spec)
        .flags(cpus ? MapFlags.NUMA_NODE : DEVICE_FLAGS)
        .keySize(Integer.BYTES)
        .valueSize(pairs ? 2 * Integer.BYTES : Integer.BYTES)
        .hasEntries()
        .entriesAtMost(cpus ? MAX_CPUS : 1 << 24);
  }

  /** Tells whether the elements are network devices, which may all be meant at once. */
  public boolean isOfDevices() {
    return spec().type() == MapType.DEVMAP || spec().type() == MapType.DEVMAP_HASH;
  }

  /**
   * Tells whether there is an element.
   *
   * @param cpuIndex the running carrier slot
   */
  public boolean contains(int cpuIndex, int key) {
    long keyAddress = keysByCpu + (long) cpuIndex * Long.BYTES;
    RawMemory.putInt(keyAddress, key);
    return lookup(cpuIndex, keyAddress) != 0;
  }

  @Override
  public long lookup(int cpuIndex, long keyAddress) {
    int element = core.find(keyAddress);
    return element < 0 ? 0 : core.pool().valueAddress(element);
  }

  /** Writes an element; a device of index 0 or a queue of no length takes one away. */
  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    if (!HashCore.isKnown(flags)) {
      return -Errno.EINVAL;
    }
    if (indexed && !isInside(keyAddress)) {
      return -Errno.E2BIG;
    }
    if (indexed && flags == MapFlags.NOEXIST) {
      return -Errno.EEXIST; // every slot exists, as in an array
    }
    if (spec().type() != MapType.XSKMAP && RawMemory.getInt(valueAddress) == 0) {
      return indexed ? delete(keyAddress) : -Errno.EINVAL;
    }
    return put(keyAddress, valueAddress, indexed ? MapFlags.ANY : flags);
  }

  @Override
  public int delete(long keyAddress) {
    if (!indexed) {
      return core.delete(keyAddress);
    }
    if (!isInside(keyAddress)) {
      return -Errno.EINVAL;
    }
    int answer = core.delete(keyAddress);
    return answer == -Errno.ENOENT ? 0 : answer;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return indexed
        ? ArraySlots.nextKey(keyAddress, toAddress, spec().maxEntries())
        : core.nextKey(keyAddress, toAddress, Integer.BYTES);
  }

  private boolean isInside(long keyAddress) {
    return Integer.compareUnsigned(RawMemory.getInt(keyAddress), spec().maxEntries()) < 0;
  }

  private int put(long keyAddress, long valueAddress, long flags) {
    int hash = core.keys().hash(keyAddress);
    int bucket = core.buckets().bucketOf(hash);
    if (!core.buckets().lock(bucket)) {
      return -Errno.EBUSY;
    }
    try {
      int old = core.buckets().findLocked(hash, keyAddress);
      int refusal = HashCore.refuse(old, flags);
      if (refusal != 0) {
        return refusal;
      }
      if (old >= 0) {
        values().copy(valueAddress, core.pool().valueAddress(old));
        return 0;
      }
      int fresh = core.pool().take();
      if (fresh < 0) {
        return -Errno.E2BIG;
      }
      core.keys().copy(keyAddress, core.pool().keyAddress(fresh));
      values().copy(valueAddress, core.pool().valueAddress(fresh));
      core.buckets().link(bucket, fresh, hash);
      return 0;
    } finally {
      core.buckets().unlock(bucket);
    }
  }
}
