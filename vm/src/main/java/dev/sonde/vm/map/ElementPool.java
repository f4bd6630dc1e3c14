package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/**
 * The elements of a hash-like map: {@code capacity} records of one size that are taken and given
 * back without a lock, the last given back first, as in the kernel. Their memory never becomes
 * anything else, so that a stale value pointer still points to a value of this map.
 *
 * <p>Layout of an element, key and value each padded to 8 bytes; pages are touched only when an
 * element is first used:
 *
 * <pre>
 * chained   u32 next; u32 hash, or FREE | link to the next free; u8 key[]; u8 value[]
 * marked    u32 next; u32 hash; u32 link to the next free; u32 mark; u8 key[]; u8 value[]
 * </pre>
 *
 * A chained element of a 16-byte key and an 8-byte value is half a cache line and never straddles
 * two. A negative hash says that the element is in no bucket.
 */
final class ElementPool {
  static final int NEXT = 0;
  static final int HASH = 4;
  static final int MARK = 12;
  static final int CHAINED_KEY = 8;
  static final int FREE = -1;
  static final int NONE = -1;
  private static final int MARKED_KEY = 16;
  private static final int FREE_BIT = 0x8000_0000;
  private static final int LINE_BYTES = 64;

  private final long base;
  private final int strideBytes;
  private final int keyOffset;
  private final int valueOffset;
  private final int linkOffset; // of the link to the next free element
  private final int capacity;
  private final int bound;
  private final long freeHead; // u64: tag << 32 | index + 1; the tag defeats ABA
  private final long used; // u32: how many elements were ever taken for the first time

  private ElementPool(
      MapMemory memory, int capacity, int spares, int keyOffset, int keyBytes, int valueBytes) {
    this.capacity = capacity;
    this.bound = capacity + spares;
    this.keyOffset = keyOffset;
    this.valueOffset = keyOffset + keyBytes;
    this.linkOffset = keyOffset == CHAINED_KEY ? HASH : 8;
    this.strideBytes = valueOffset + ((valueBytes + 7) & ~7);
    long block = memory.uninitialised(((long) capacity + spares) * strideBytes + LINE_BYTES);
    this.base = (block + LINE_BYTES - 1) & -LINE_BYTES;
    this.freeHead = memory.zeroed(192) + 64; // lines of its own: all writers meet here
    this.used = freeHead + 64;
  }

  /**
   * Returns a pool of what {@link HashBuckets} chains.
   *
   * @param capacity elements that can be taken
   * @param spares elements beyond those, which {@link #spare} hands out one by one
   */
  static ElementPool chained(
      MapMemory memory, int capacity, int spares, int keyBytes, int valueBytes) {
    return new ElementPool(memory, capacity, spares, CHAINED_KEY, keyBytes, valueBytes);
  }

  /** Returns a pool whose elements have a mark, and whose hash the owner may use as it likes. */
  static ElementPool marked(
      MapMemory memory, int capacity, int spares, int keyBytes, int valueBytes) {
    return new ElementPool(memory, capacity, spares, MARKED_KEY, keyBytes, valueBytes);
  }

  long addressOf(int element) {
    return base + (long) element * strideBytes;
  }

  long keyAddress(int element) {
    return addressOf(element) + keyOffset;
  }

  long valueAddress(int element) {
    return addressOf(element) + valueOffset;
  }

  /** Returns where the key of the element is whose value is at {@code valueAddress}. */
  long keyOfValue(long valueAddress) {
    return valueAddress - valueOffset + keyOffset;
  }

  /** Returns how many elements there are, spares included. */
  int bound() {
    return bound;
  }

  /** Takes an element, or {@link #NONE}. */
  int take() {
    while (true) {
      long head = RawMemory.getLongVolatile(freeHead);
      int element = (int) head - 1;
      if (element < 0) {
        int unused = takeUnused();
        if (unused != NONE || (int) RawMemory.getLongVolatile(freeHead) == 0) {
          return unused;
        }
        continue; // one was given back while the last unused one went to somebody else
      }
      // Garbage if we lose the race.
      int next = RawMemory.getInt(addressOf(element) + linkOffset) & ~FREE_BIT;
      if (RawMemory.compareAndSetLong(freeHead, head, tagged(head, next))) {
        return element;
      }
    }
  }

  /** Gives an element back; the caller has taken it out of its bucket. */
  void give(int element) {
    long address = addressOf(element);
    RawMemory.putInt(address + HASH, FREE);
    while (true) {
      long head = RawMemory.getLongVolatile(freeHead);
      RawMemory.putInt(address + linkOffset, (int) head | FREE_BIT);
      if (RawMemory.compareAndSetLong(freeHead, head, tagged(head, element + 1))) {
        return;
      }
    }
  }

  /** Makes the hash of every spare valid, for those who walk over all elements. */
  void freeSpares() {
    for (int i = 0; i < bound - capacity; i++) {
      spare(i);
    }
  }

  /** Returns spare element {@code index}, which is then the caller's for good. */
  int spare(int index) {
    int element = capacity + index;
    begin(element);
    return element;
  }

  private void begin(int element) {
    RawMemory.putInt(addressOf(element) + HASH, FREE);
    if (keyOffset == MARKED_KEY) {
      RawMemory.putInt(addressOf(element) + MARK, 0);
    }
  }

  private static long tagged(long oldHead, int link) {
    return ((oldHead >>> 32) + 1) << 32 | link & 0xffffffffL;
  }

  private int takeUnused() {
    while (true) {
      int next = RawMemory.getIntVolatile(used);
      if (next >= capacity) {
        return NONE;
      }
      if (RawMemory.compareAndSetInt(used, next, next + 1)) {
        begin(next);
        return next;
      }
    }
  }
}
