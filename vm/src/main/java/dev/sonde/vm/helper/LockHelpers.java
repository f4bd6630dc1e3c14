package dev.sonde.vm.helper;

import dev.sonde.vm.map.SpinWord;

/**
 * bpf_spin_lock: 4 bytes in a map value, 0 when free. The wait is bounded, because a holder may
 * have been preempted or may have died: then the program that waits ends, with nothing changed.
 */
public final class LockHelpers {
  private LockHelpers() {}

  public static void spinLock(long lock) {
    if (!SpinWord.lock(lock)) {
      throw StuckLockException.INSTANCE;
    }
  }

  public static void spinUnlock(long lock) {
    SpinWord.unlock(lock);
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
