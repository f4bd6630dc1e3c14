package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How producers of a process wake the one reader of a ring in the same process. */
public final class RingSignal implements RingWait {
  private static final VarHandle SLEEPER;

  static {
    try {
      SLEEPER = MethodHandles.lookup().findVarHandle(RingSignal.class, "sleeper", Thread.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private static final long FIRST_SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long FOREIGN_SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final long sleepNanos;
  private volatile @Nullable Thread sleeper;

  /** Returns a signal between threads of this process. */
  public RingSignal() {
    this(SLEEP_NANOS);
  }

  private RingSignal(long sleepNanos) {
    this.sleepNanos = sleepNanos;
  }

  /** Returns a signal for a ring whose producers are elsewhere: the reader looks now and then. */
  public static RingSignal foreign() {
    return new RingSignal(FOREIGN_SLEEP_NANOS);
  }

  /** Tells that a record was committed with {@code flags}, of which those for wake-ups count. */
  public void committed(long flags) {
    if (flags == 0) {
      wakeIfWaiting();
    } else if ((flags & RingLayout.FORCE_WAKEUP) != 0) {
      wake();
    }
  }

  /** Wakes the reader if it said that it sleeps: one read when it does not. */
  public void wakeIfWaiting() {
    if (SLEEPER.getOpaque(this) != null) { // the other side: await
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

  /**
   * Sleeps the calling thread, the only reader, until something is ready, a producer forces a
   * wake-up that makes it so, the thread is interrupted, or the time is over.
   *
   * <p>A producer commits and then reads {@link #sleeper} with no fence between the two, since the
   * fence would cost as much as the rest of the commit. So it may miss a reader that has just gone
   * to sleep: the first sleep is short, and after it the commit is visible.
   *
   * @return whether something is ready
   */
  @Override
  public boolean await(BooleanSupplier ready, long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    long sleep = FIRST_SLEEP_NANOS;
    Thread reader = Thread.currentThread();
    try {
      while (true) {
        sleeper = reader;
        if (ready.getAsBoolean()) {
          return true;
        }
        long left = deadline - System.nanoTime();
        if (left <= 0 || reader.isInterrupted()) {
          return false;
        }
        LockSupport.parkNanos(this, Math.min(left, sleep));
        sleep = sleepNanos;
      }
    } finally {
      sleeper = null;
    }
  }
}
