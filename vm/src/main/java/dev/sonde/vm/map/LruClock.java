package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/**
 * Finds the element to give up when an LRU map is full. Each lookup marks its element; a hand goes
 * round all elements, takes the mark off those that have one and evicts the first that has none.
 * What is used at least once a round stays, and among the unused the oldest goes first. The
 * kernel's two lists with a reference bit come to the same.
 */
final class LruClock {
  private static final int LOCK_TRIES = 64;

  private final HashCore core;
  private final long marks; // u8 for each element: looked up since the hand came by
  private final long hand; // u32

  LruClock(MapMemory memory, HashCore core) {
    this.core = core;
    this.hand = memory.zeroed(128) + 64;
    this.marks = memory.zeroed(core.pool().bound());
    core.pool().freeSpares();
  }

  /** Marks an element as used; no store when it is marked already. */
  void touch(int element) {
    long mark = marks + element;
    if (RawMemory.getByte(mark) == 0) {
      RawMemory.putByte(mark, (byte) 1);
    }
  }

  /** Takes the mark off an element that begins anew. */
  void begin(int element) {
    RawMemory.putByte(marks + element, (byte) 0);
  }

  /**
   * Takes an element out of the map and returns it, or {@link ElementPool#NONE} when all are busy.
   * The caller holds no bucket's lock.
   */
  int evict() {
    int count = core.pool().bound();
    int busy = 0;
    for (long steps = 0; steps <= 2L * count && busy < LOCK_TRIES; steps++) {
      int element = Integer.remainderUnsigned(RawMemory.getAndAddInt(hand, 1), count);
      long address = core.pool().addressOf(element);
      int hash = RawMemory.getIntVolatile(address + ElementPool.HASH);
      if (hash < 0) {
        continue;
      }
      if (RawMemory.getByte(marks + element) != 0) {
        begin(element);
        continue;
      }
      if (core.removeElement(element, hash)) {
        return element;
      }
      busy++;
    }
    return ElementPool.NONE;
  }
}
