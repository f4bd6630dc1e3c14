package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.HeldByRun;
import dev.sonde.vm.map.SpinWord;
import dev.sonde.vm.memory.StackRoom;

/**
 * bpf_spin_lock: 4 bytes in a map value, 0 when free. The wait is bounded, because a holder may
 * have been preempted: then the program that waits ends, with nothing changed. A holder that is cut
 * off gives the lock back ({@link HeldByRun}).
 */
public final class LockHelpers {
  private LockHelpers() {}

  public static void spinLock(CarrierSlot slot, long lock) {
    StackRoom.ensure();
    if (!SpinWord.lock(lock)) {
      throw StuckLockException.INSTANCE;
    }
    HeldByRun.lock(slot, lock);
  }

  public static void spinUnlock(CarrierSlot slot, long lock) {
    HeldByRun.unlock(slot, lock);
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
