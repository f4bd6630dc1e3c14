package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/**
 * The buckets of a hash map: chains of {@link ElementPool} elements that readers walk without a
 * lock. A bucket is a {@code u32 head}; a {@code u32 version} stands for {@link #STRIPE} buckets
 * and is odd while a writer holds one of them.
 *
 * <p>A chain ends with {@code ~bucket}, so that a reader whose element moved to another bucket
 * under it sees the wrong end (the kernel's hlist_nulls). A hit is certain at once. A miss counts
 * only if no writer was at work: an update links the new element at the head before it unlinks the
 * old one, and a reader that is past the head would else see neither, which the kernel's readers
 * do. So a reader looks at the version only when it has found nothing: what is small stays in the
 * cache.
 */
final class HashBuckets {
  private static final int STRIPE = 8;
  private static final int RESTARTS = 200;

  private final long heads;
  private final long versions;
  private final int mask;
  private final ElementPool pool;
  private final KeyShape keys;

  HashBuckets(MapMemory memory, int maxEntries, ElementPool pool, KeyShape keys) {
    int count = 2 * (maxEntries <= 1 ? 1 : Integer.highestOneBit(maxEntries - 1) << 1);
    this.mask = count - 1;
    this.pool = pool;
    this.keys = keys;
    this.heads = memory.uninitialised(count * 4L);
    this.versions = memory.zeroed((count + STRIPE - 1) / STRIPE * 4L);
    for (int i = 0; i < count; i++) {
      RawMemory.putInt(addressOf(i), ~i);
    }
  }

  int bucketOf(int hash) {
    return hash & mask;
  }

  /** Returns the element with this key, or {@link ElementPool#NONE}; takes no lock. */
  int find(int hash, long keyAddress) {
    int bucket = hash & mask;
    int found = walk(RawMemory.getIntAcquire(addressOf(bucket)), hash, keyAddress);
    return found >= 0 ? found : findAgain(bucket, hash, keyAddress);
  }

  /** Finds, or makes sure that there is nothing. */
  private int findAgain(int bucket, int hash, long keyAddress) {
    long at = versionOf(bucket);
    for (int i = 0; i < RESTARTS; i++) {
      int version = RawMemory.getIntAcquire(at); // pairs with unlock
      int found = walk(RawMemory.getIntAcquire(addressOf(bucket)), hash, keyAddress);
      if (found >= 0) {
        return found;
      }
      RawMemory.loadFence();
      boolean writerFree = (version & 1) == 0;
      if (found == ~bucket && writerFree && RawMemory.getInt(at) == version) {
        return ElementPool.NONE;
      }
      Thread.onSpinWait();
    }
    return ElementPool.NONE; // the bucket never held still: whatever was there is gone by now
  }

  /** As {@link #find}, for who holds the bucket's lock: the chain holds still. */
  int findLocked(int hash, long keyAddress) {
    int found = walk(RawMemory.getInt(addressOf(hash & mask)), hash, keyAddress);
    return found >= 0 ? found : ElementPool.NONE;
  }

  /** Returns the element with this key, or the negative word that the chain ends with. */
  private int walk(int head, int hash, long keyAddress) {
    int element = head;
    while (element >= 0) {
      long address = pool.addressOf(element);
      if (RawMemory.getInt(address + ElementPool.HASH) == hash
          && keys.matches(keyAddress, address + ElementPool.CHAINED_KEY)
          && isStill(address, hash)) {
        return element;
      }
      element = RawMemory.getIntAcquire(address + ElementPool.NEXT); // pairs with link, unlink
    }
    return element;
  }

  /**
   * Takes the bucket's lock, which guards its chain against other writers.
   *
   * @return false when it stayed taken: the caller answers -EBUSY, as the kernel does on recursion
   */
  boolean lock(int bucket) {
    long version = versionOf(bucket);
    for (int i = 0; i < SpinWord.TRIES; i++) {
      int free = RawMemory.getInt(version) & ~1;
      if (RawMemory.compareAndSetInt(version, free, free + 1)) {
        return true;
      }
      SpinWord.pause(i);
    }
    return false;
  }

  void unlock(int bucket) {
    long version = versionOf(bucket);
    RawMemory.putIntRelease(version, RawMemory.getInt(version) + 1); // pairs with find and lock
  }

  /** Puts a filled element at the head of its bucket, whose lock the caller holds. */
  void link(int bucket, int element, int hash) {
    long address = pool.addressOf(element);
    int head = RawMemory.getInt(addressOf(bucket));
    RawMemory.putIntRelease(address + ElementPool.HASH, hash);
    RawMemory.putIntRelease(address + ElementPool.NEXT, head);
    RawMemory.putIntRelease(addressOf(bucket), element);
  }

  /**
   * Takes an element out of its bucket, whose lock the caller holds; readers may still be on it.
   *
   * @return false when it is not in this bucket
   */
  boolean unlink(int bucket, int element) {
    int next = RawMemory.getInt(pool.addressOf(element) + ElementPool.NEXT);
    long at = addressOf(bucket);
    while (true) {
      int linked = RawMemory.getInt(at);
      if (linked == element) {
        RawMemory.putIntRelease(at, next);
        return true;
      }
      if (linked < 0) {
        return false;
      }
      at = pool.addressOf(linked) + ElementPool.NEXT;
    }
  }

  /** Returns the first element of the first bucket that has one, from {@code bucket} on. */
  int firstFrom(int bucket) {
    for (int i = bucket; i >= 0 && i <= mask; i++) {
      int head = RawMemory.getIntAcquire(addressOf(i));
      if (head >= 0) {
        return head;
      }
    }
    return ElementPool.NONE;
  }

  /** Returns the element behind {@code element} in map order, or {@link ElementPool#NONE}. */
  int after(int element, int hash) {
    int next = RawMemory.getIntAcquire(pool.addressOf(element) + ElementPool.NEXT);
    return next >= 0 ? next : firstFrom((hash & mask) + 1);
  }

  int head(int bucket) {
    return RawMemory.getIntAcquire(addressOf(bucket));
  }

  int count() {
    return mask + 1;
  }

  /** Orders the key's reads before the second look at the hash: the element was not recycled. */
  private static boolean isStill(long elementAddress, int hash) {
    RawMemory.loadFence();
    return RawMemory.getInt(elementAddress + ElementPool.HASH) == hash;
  }

  private long addressOf(int bucket) {
    return heads + bucket * 4L;
  }

  private long versionOf(int bucket) {
    return versions + bucket / STRIPE * 4L;
  }
}
