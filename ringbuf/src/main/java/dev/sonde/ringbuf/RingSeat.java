package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A producing thread's own place at all rings of its process: says whether the thread is placing a
 * record without the lock of the ring, as {@link RingFavour} may allow it. One thread at a time has
 * it; the next must see what the last did.
 *
 * <p>Not final, like {@link RingFavour}, for the model of the protocol: there each access is a
 * step.
 */
public class RingSeat {
  private static final VarHandle TAKEN;

  static {
    try {
      TAKEN = MethodHandles.lookup().findVarHandle(RingSeat.class, "taken", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** By its handle; a store alone, which needs no stack, is made where no call can be. */
  volatile int taken;

  /**
   * Says that a record is being placed. Release: on aarch64 the look at the favour, an acquire, is
   * not done before it; on x86 it is a plain store, which no compiler of HotSpot's moves behind
   * that look either.
   */
  void take() {
    TAKEN.setRelease(this, 1);
  }

  /** Says that none is any more; release, pairs with {@link #isTaken}. */
  public void leave() {
    TAKEN.setRelease(this, 0);
  }

  /** Tells whether a record is being placed; acquire, pairs with {@link #leave}. */
  boolean isTaken() {
    return (int) TAKEN.getAcquire(this) != 0;
  }
}
