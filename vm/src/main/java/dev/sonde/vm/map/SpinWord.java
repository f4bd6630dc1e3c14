package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;

/**
 * A lock for a few writes, with a bounded wait: nobody hangs on a holder that does not run. Who
 * takes it, and holds no other, calls {@link StackRoom#ensure} before.
 */
public final class SpinWord {
  /** How often a taken lock is tried; with {@link #pause} some milliseconds. */
  static final int TRIES = 10_000;

  private static final int SPINS = 2_000;

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
  public static boolean lock(long address) {
    for (int i = 0; i < TRIES; i++) {
      if (RawMemory.getInt(address) == 0 && RawMemory.compareAndSetInt(address, 0, 1)) {
        return true;
      }
      pause(i);
    }
    return false;
  }

  /** Waits a little before the next try: at first on the core, then letting others run. */
  static void pause(int tries) {
    if (tries < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield(); // the holder was preempted within its few writes
    }
  }

  public static void unlock(long address) {
    RawMemory.putIntRelease(address, 0); // pairs with the CAS in lock
  }
}
