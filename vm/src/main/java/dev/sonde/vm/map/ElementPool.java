package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/**
 * The elements of a hash-like map: {@code capacity} records of one size that are taken and given
 * back without a lock, the last given back first, as in the kernel. Their memory never becomes
 * anything else, so that a stale value pointer still points to a value of this map.
 *
 * <p>Layout of an element: {@code u32 next; u32 hash; u32 nextFree; u32 mark; u8 key[]; u8
 * value[]}, key and value each padded to 8 bytes. {@code hash} is {@link #FREE} while the element
 * is in no bucket. Pages are touched only when an element is first used.
 */
final class ElementPool {
  static final int NEXT = 0;
  static final int HASH = 4;
  static final int MARK = 12;
  static final int KEY = 16;
  static final int FREE = -1;
  static final int NONE = -1;
  private static final int NEXT_FREE = 8;

  private final long base;
  private final int strideBytes;
  private final int valueOffset;
  private final int capacity;
  private final int bound;
  private final long freeHead; // u64: tag << 32 | index + 1; the tag defeats ABA
  private final long used; // u32: how many elements were ever taken for the first time

  /**
   * @param capacity elements that can be taken
   * @param spares elements beyond those, which {@link #spare} hands out one by one
   */
  ElementPool(MapMemory memory, int capacity, int spares, int keyBytes, int valueBytes) {
    this.capacity = capacity;
    this.bound = capacity + spares;
    this.valueOffset = KEY + keyBytes;
    this.strideBytes = valueOffset + ((valueBytes + 7) & ~7);
    this.base = memory.uninitialised(((long) capacity + spares) * strideBytes);
    this.freeHead = memory.zeroed(192) + 64; // lines of its own: all writers meet here
    this.used = freeHead + 64;
  }

  long addressOf(int element) {
    return base + (long) element * strideBytes;
  }

  long keyAddress(int element) {
    return addressOf(element) + KEY;
  }

  long valueAddress(int element) {
    return addressOf(element) + valueOffset;
  }

  /** Returns where the key of the element is whose value is at {@code valueAddress}. */
  long keyOfValue(long valueAddress) {
    return valueAddress - valueOffset + KEY;
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
        return takeUnused();
      }
      int next = RawMemory.getInt(addressOf(element) + NEXT_FREE); // garbage if we lose the race
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
      RawMemory.putInt(address + NEXT_FREE, (int) head);
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
    RawMemory.putInt(addressOf(element) + HASH, FREE);
    RawMemory.putInt(addressOf(element) + MARK, 0);
    return element;
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
        RawMemory.putInt(addressOf(next) + HASH, FREE);
        RawMemory.putInt(addressOf(next) + MARK, 0);
        return next;
      }
    }
  }
}
