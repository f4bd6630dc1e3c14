package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** How producers of a process wake the one reader of a ring in the same process. */
public final class RingSignal {
  private static final VarHandle SLEEPER;

  static {
    try {
      SLEEPER = MethodHandles.lookup().findVarHandle(RingSignal.class, "sleeper", Thread.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private volatile @Nullable Thread sleeper;

  /** Wakes the reader if it said that it sleeps: one read when it does not. */
  public void wakeIfWaiting() {
    if (SLEEPER.getOpaque(this) != null) { // the other side: announce
      wake();
    }
  }

  /** Wakes the reader if it sleeps; of many callers one pays for it. */
  public void wake() {
    Thread thread = sleeper;
    if (thread != null && SLEEPER.compareAndSet(this, thread, (Thread) null)) {
      LockSupport.unpark(thread);
    }
  }

  /** Says that {@code reader} is about to sleep; it must look for records once more before. */
  void announce(Thread reader) {
    sleeper = reader;
  }

  void withdraw() {
    sleeper = null;
  }
}
