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
  private final long hand; // u32

  LruClock(MapMemory memory, HashCore core) {
    this.core = core;
    this.hand = memory.zeroed(128) + 64;
    core.pool().freeSpares();
  }

  /** Marks an element as used; no store when it is marked already. */
  void touch(int element) {
    long mark = core.pool().addressOf(element) + ElementPool.MARK;
    if (RawMemory.getInt(mark) == 0) {
      RawMemory.putInt(mark, 1);
    }
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
      if (hash == ElementPool.FREE) {
        continue;
      }
      if (RawMemory.getInt(address + ElementPool.MARK) != 0) {
        RawMemory.putInt(address + ElementPool.MARK, 0);
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
