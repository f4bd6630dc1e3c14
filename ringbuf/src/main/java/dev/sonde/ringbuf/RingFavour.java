package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Whose ring it is: the one thread that may place records without taking the lock, since it has
 * been the only producer for long. A compare-and-set is four fifths of what a record costs; this is
 * two stores and a load of lines that nobody else writes.
 *
 * <pre>
 * favoured:  seat.taken = 1;     if (favoured == seat) place a record;       seat.taken = 0
 * others:    lock; favoured = null; WAIT; until seat.taken == 0; place a record; unlock
 * </pre>
 *
 * <p>That is Dekker's algorithm without the fence in its fast half. The favoured thread's store may
 * still stand in its processor's store buffer when its load is done; the others therefore wait
 * until it must have become visible. Store buffers drain by themselves, in well under a microsecond
 * (a hundred stores that all miss: some ten); what is waited is far more, as it is rare: each loss
 * of the favour doubles how long a thread must have been alone to get it. (Morrison and Afek,
 * "Temporally bounding TSO for fence-free asymmetric synchronization", ASPLOS 2015.)
 *
 * <p>All but {@link #seat} is called with the ring's lock taken.
 */
class RingFavour {
  /** How many records in a row a thread must have placed to be favoured. */
  static final int FIRST_STREAK = 200;

  private static final int LONGEST_STREAK = 1 << 30;
  private static final long WAIT_NANOS = 200_000;
  private static final int LOOKS = 200;
  private static final VarHandle SEAT;

  static {
    try {
      SEAT = MethodHandles.lookup().findVarHandle(RingFavour.class, "seat", RingSeat.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Who is favoured. {@link RingShortcut} takes it away by a store, where no call can be made. */
  volatile @Nullable RingSeat seat;

  /**
   * Where a record begins that was shown and never handed out, -1: nowhere. The placing thread's.
   */
  volatile long strayAt = -1;

  private @Nullable RingSeat last; // who placed the last record
  private @Nullable RingSeat leaving; // was favoured, and may still be placing a record
  private int streak;
  private int needed;

  /**
   * @param needed how many records in a row make the favour, the first time
   */
  RingFavour(int needed) {
    this.needed = needed;
  }

  /** Returns who is favoured; acquire: what it places comes after. */
  @Nullable RingSeat seat() {
    return (RingSeat) SEAT.getAcquire(this); // the other side: show
  }

  /** Shows who is favoured, before anything that comes after it. */
  void show(@Nullable RingSeat next) {
    SEAT.setVolatile(this, next);
  }

  /** Waits until all stores that were made before are visible, whoever made them. */
  void awaitStores() {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < WAIT_NANOS) {
      Thread.onSpinWait();
    }
  }

  /** Tells whether somebody is about to lose the favour, for which the lock is held long. */
  boolean isLeaving() {
    return leaving != null; // a hint to who waits for the lock
  }

  /**
   * Makes sure that none but the holder of the lock places records.
   *
   * @param own the caller's seat, null when it has none
   * @return false: the favoured thread is in the middle of it and does not go on
   */
  final boolean enter(@Nullable RingSeat own) {
    RingSeat favoured = seat();
    if (favoured != null && favoured != own) {
      leaving = favoured;
      streak = 0;
      needed = Math.min(2 * needed, LONGEST_STREAK);
      show(null);
      awaitStores();
    }
    return leaving == null || isGone(leaving);
  }

  private boolean isGone(RingSeat seat) {
    for (int i = 0; i < LOOKS; i++) {
      if (!seat.isTaken()) {
        leaving = null;
        return true;
      }
      Thread.yield();
    }
    return false;
  }

  /** Notes who places a record, and favours who has placed enough of them. */
  final void placed(@Nullable RingSeat own) {
    if (own == null || own != last) {
      last = own;
      streak = 0;
    } else if (++streak == needed) {
      show(own);
    }
  }
}
