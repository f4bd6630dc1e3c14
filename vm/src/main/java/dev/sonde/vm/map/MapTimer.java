package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.memory.StackRoom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One bpf_timer that was initialised: what its 16 bytes in a value stand for. Programs start and
 * cancel it from any thread; the thread of {@link MapTimers} alone runs it.
 */
public final class MapTimer {
  /** A program's subprogram, called when a timer expires. */
  public interface Callback {
    /** Runs {@code (map, key, value)} as a program of {@code slot}, whose guard is held. */
    long call(CarrierSlot slot, long map, long keyAddress, long valueAddress) throws Throwable;
  }

  record Armed(Callback callback, Object owner) {}

  /**
   * How long a program waits for a callback that runs: two that cancel each other must not hang.
   */
  private static final long CANCEL_WAIT_NANOS = 10_000_000;

  private static final VarHandle DEADLINE = handle("deadline", long.class);
  private static final VarHandle SUBMITTED = handle("submitted", boolean.class);

  private final MapTimers timers;
  private final long valueAddress;
  private final int clock;

  /** What {@link System#nanoTime} must have reached for it to expire; 0: not started. */
  @SuppressWarnings("unused") // through DEADLINE
  private volatile long deadline;

  private volatile @Nullable Armed armed;

  /** True while the callback runs: written by the map's thread, read by who cancels. */
  volatile boolean running;

  @SuppressWarnings("unused") // through SUBMITTED
  private volatile boolean submitted;

  /** Links the stack of those that were started and that the map's thread has not seen yet. */
  @Nullable MapTimer next;

  /** The earliest wake-up that the map's thread has noted; 0: none. That thread only. */
  long queuedNanos;

  MapTimer(MapTimers timers, long valueAddress, int clock) {
    this.timers = timers;
    this.valueAddress = valueAddress;
    this.clock = clock;
  }

  /** Returns the CLOCK_ number that it was initialised with. */
  public int clock() {
    return clock;
  }

  long valueAddress() {
    return valueAddress;
  }

  /**
   * Says what runs when it expires.
   *
   * @param owner the code that the callback is part of ({@link MapTimers#stopAll})
   */
  public void setCallback(Callback callback, Object owner) {
    armed = new Armed(callback, owner);
  }

  /** Starts it, or starts it anew; 0, or -EINVAL without a callback. */
  public int start(long delayNanos) {
    if (armed == null) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure(); // what is marked as submitted must be
    long at = System.nanoTime() + Math.max(0, delayNanos);
    DEADLINE.setVolatile(this, at == 0 ? 1 : at); // pairs with expire
    if (SUBMITTED.compareAndSet(this, false, true)) { // else it lies in the stack already
      timers.submit(this, at);
    }
    return 0;
  }

  /**
   * Stops it and forgets its callback; when that is running, waits until it has ended.
   *
   * @return 1 when it was started, 0 when not, -EDEADLK from within its own callback
   */
  public int cancel() {
    if (running && timers.isOwnThread()) {
      return -Errno.EDEADLK;
    }
    boolean active = (long) DEADLINE.getAndSet(this, 0L) != 0; // pairs with expire
    armed = null;
    timers.awaitIdle(this, CANCEL_WAIT_NANOS);
    return active ? 1 : 0;
  }

  /** Stops it without waiting: its value leaves the map. */
  void forget() {
    DEADLINE.setVolatile(this, 0L);
    armed = null;
  }

  boolean isOwnedBy(Object owner) {
    Armed now = armed;
    return now != null && now.owner == owner;
  }

  /** Says that the map's thread took it from the stack; returns the deadline, 0: none any more. */
  long taken() {
    SUBMITTED.setVolatile(this, false); // before the deadline is read: a later start submits anew
    return deadline;
  }

  /** Returns what runs when it expires; null: nothing any more. */
  @Nullable Armed armed() {
    return armed;
  }

  /** Tells whether it still was to expire at {@code wanted}; it is idle then. */
  boolean expire(long wanted) {
    return DEADLINE.compareAndSet(this, wanted, 0L); // pairs with start and cancel
  }

  long deadline() {
    return deadline;
  }

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(MapTimer.class, field, type);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }
}
