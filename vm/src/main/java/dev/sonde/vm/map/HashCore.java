package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import java.util.concurrent.ThreadLocalRandom;

/** What all hash-like maps are made of: a pool, buckets over it, and their common operations. */
final class HashCore {
  static final int FLAGS =
      MapSpecCheck.ACCESS_FLAGS
          | MapFlags.NO_PREALLOC
          | MapFlags.NO_COMMON_LRU
          | MapFlags.NUMA_NODE
          | MapFlags.ZERO_SEED;

  private final KeyShape keys;
  private final ElementPool pool;
  private final HashBuckets buckets;

  /**
   * @param spares elements beyond max_entries
   * @param valueBytes bytes of the value within the element
   */
  HashCore(BpfMap map, int spares, int valueBytes) {
    MapSpec spec = map.spec();
    boolean zeroSeed = (spec.flags() & MapFlags.ZERO_SEED) != 0;
    keys = new KeyShape(spec.keySizeBytes(), zeroSeed ? 0 : ThreadLocalRandom.current().nextLong());
    pool =
        ElementPool.chained(
            map.memory(), spec.maxEntries(), spares, keys.paddedBytes(), valueBytes);
    buckets = new HashBuckets(map.memory(), spec.maxEntries(), pool, keys);
  }

  static void check(MapSpec spec) {
    boolean lru = spec.type() == MapType.LRU_HASH || spec.type() == MapType.LRU_PERCPU_HASH;
    MapSpecCheck.of(spec)
        .flags(lru ? FLAGS : FLAGS & ~MapFlags.NO_COMMON_LRU)
        .require(
            !lru || (spec.flags() & MapFlags.NO_PREALLOC) == 0,
            Errno.ENOTSUPP,
            "BPF_F_NO_PREALLOC, want none: an LRU map has its elements from the start")
        .hasEntries()
        .hasKey()
        .hasValue();
    long elementBytes =
        Integer.toUnsignedLong(spec.keySizeBytes()) + Integer.toUnsignedLong(spec.valueSizeBytes());
    MapSpecCheck.of(spec)
        .require(
            elementBytes < MapSpecCheck.KMALLOC_MAX_BYTES - 48,
            Errno.E2BIG,
            "key and value %d B, want less than 4 MiB",
            elementBytes)
        .entriesAtMost((1 << 29) - CarrierSlots.capacity());
  }

  KeyShape keys() {
    return keys;
  }

  ElementPool pool() {
    return pool;
  }

  HashBuckets buckets() {
    return buckets;
  }

  int find(long keyAddress) {
    return buckets.find(keys.hash(keyAddress), keyAddress);
  }

  /** Returns why an update of {@code old} (an element or NONE) is refused, or 0. */
  static int refuse(int old, long flags) {
    if (old != ElementPool.NONE && flags == MapFlags.NOEXIST) {
      return -Errno.EEXIST;
    }
    return old == ElementPool.NONE && flags == MapFlags.EXIST ? -Errno.ENOENT : 0;
  }

  /** Tells whether {@code flags} are ANY, NOEXIST or EXIST. */
  static boolean isKnown(long flags) {
    return flags >= 0 && flags <= MapFlags.EXIST;
  }

  /** Takes the element with this key out of the map; NONE when absent, negative errno if busy. */
  int remove(long keyAddress) {
    int hash = keys.hash(keyAddress);
    int bucket = buckets.bucketOf(hash);
    StackRoom.ensure();
    if (!buckets.lock(bucket)) {
      return -Errno.EBUSY;
    }
    try {
      int element = buckets.findLocked(hash, keyAddress);
      if (element != ElementPool.NONE) {
        buckets.unlink(bucket, element);
        RawMemory.putInt(pool.addressOf(element) + ElementPool.HASH, ElementPool.FREE);
      }
      return element;
    } finally {
      buckets.unlock(bucket);
    }
  }

  /** Takes this very element out of the map if it still is in the bucket of {@code hash}. */
  boolean removeElement(int element, int hash) {
    int bucket = buckets.bucketOf(hash);
    if (!buckets.lock(bucket)) {
      return false;
    }
    try {
      boolean removed = buckets.unlink(bucket, element);
      if (removed) {
        RawMemory.putInt(pool.addressOf(element) + ElementPool.HASH, ElementPool.FREE);
      }
      return removed;
    } finally {
      buckets.unlock(bucket);
    }
  }

  /** Deletes; returns 0 or a negative errno. */
  int delete(long keyAddress) {
    int element = remove(keyAddress);
    if (element < 0) {
      return element == ElementPool.NONE ? -Errno.ENOENT : element;
    }
    pool.give(element);
    return 0;
  }

  /** Writes the key behind {@code keyAddress}, the first when that is 0 or absent. */
  int nextKey(long keyAddress, long toAddress, int keyBytes) {
    int element = ElementPool.NONE;
    if (keyAddress != 0) {
      int hash = keys.hash(keyAddress);
      int current = buckets.find(hash, keyAddress);
      element = current < 0 ? buckets.firstFrom(0) : buckets.after(current, hash);
    } else {
      element = buckets.firstFrom(0);
    }
    if (element < 0) {
      return -Errno.ENOENT;
    }
    RawMemory.copy(pool.keyAddress(element), toAddress, keyBytes);
    return 0;
  }

  /** Visits every element, bucket by bucket. */
  long forEach(ElementVisitor visitor, ValueAddress value) {
    long visited = 0;
    for (int bucket = 0; bucket < buckets.count(); bucket++) {
      int element = buckets.head(bucket);
      while (element >= 0) {
        // An element that moves while it is visited leads into another bucket: stop at the first.
        int next = RawMemory.getIntAcquire(pool.addressOf(element) + ElementPool.NEXT);
        visited++;
        if (visitor.visit(pool.keyAddress(element), value.of(element)) != 0) {
          return visited;
        }
        boolean moved =
            next >= 0
                && buckets.bucketOf(RawMemory.getInt(pool.addressOf(next) + ElementPool.HASH))
                    != bucket;
        element = moved ? ElementPool.NONE : next;
      }
    }
    return visited;
  }

  /** Where an element's value lies. */
  interface ValueAddress {
    long of(int element);
  }
}
