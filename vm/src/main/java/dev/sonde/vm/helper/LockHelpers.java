package dev.sonde.vm.helper;

import dev.sonde.vm.memory.RawMemory;

/**
 * bpf_spin_lock: 4 bytes in a map value, 0 when free. The wait is bounded, because a holder may
 * have been preempted or may have died: then the program that waits ends, with nothing changed.
 */
public final class LockHelpers {
  private static final long MAX_WAIT_NANOS = 10_000_000;
  private static final int SPINS = 200;

  private LockHelpers() {}

  public static void spinLock(long lock) {
    for (int i = 0; i < SPINS; i++) {
      if (tryLock(lock)) {
        return;
      }
      Thread.onSpinWait();
    }
    long deadline = System.nanoTime() + MAX_WAIT_NANOS;
    while (!tryLock(lock)) {
      if (System.nanoTime() - deadline > 0) {
        throw StuckLockException.INSTANCE;
      }
      Thread.yield();
    }
  }

  public static void spinUnlock(long lock) {
    RawMemory.putIntRelease(lock, 0); // pairs with the exchange in tryLock
  }

  private static boolean tryLock(long lock) {
    return RawMemory.getIntVolatile(lock) == 0 && RawMemory.compareAndSetInt(lock, 0, 1);
  }

  /** Ends a run that waits for a lock that nobody gives back; engines answer 0. */
  static final class StuckLockException extends RuntimeException {
    static final StuckLockException INSTANCE = new StuckLockException();
    private static final long serialVersionUID = 1L;

    private StuckLockException() {
      super("bpf_spin_lock: not given back in time", null, false, false);
    }
  }
}
