package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/** A lock for a few writes, with a bounded wait: nobody hangs on a holder that does not run. */
final class SpinWord {
  private static final int SPINS = 4_000;

  private final long address;

  SpinWord(MapMemory memory) {
    address = memory.zeroed(128) + 64;
  }

  /** Returns false when the lock stayed taken. */
  boolean lock() {
    return lock(address);
  }

  void unlock() {
    unlock(address);
  }

  /** Takes the lock word at {@code address}; false when it stayed taken. */
  static boolean lock(long address) {
    for (int i = 0; i < SPINS; i++) {
      if (RawMemory.getInt(address) == 0 && RawMemory.compareAndSetInt(address, 0, 1)) {
        return true;
      }
      if (i < SPINS / 2) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the holder was preempted within its few writes
      }
    }
    return false;
  }

  static void unlock(long address) {
    RawMemory.putIntRelease(address, 0); // pairs with the CAS in lock
  }
}
