package dev.sonde.ringbuf;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Decides when a record that stays busy is given up: its process is dead, or its thread was stopped
 * in the middle and much time has passed. Without this one lost commit would stop a ring for good.
 */
final class BusyWatch {
  private static final long LIVENESS_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * How long a record is busy at least before its process is looked for: in another container its
   * number means another process, or none, and a live producer is done far sooner.
   */
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  /**
   * The most that the time between two looks counts: when reader and producers stand still together
   * (a stopped process, a long pause of the JVM), the producer gets its time afterwards.
   */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final RingMemory memory;
  private final long timeoutNanos;
  private long watched = -1;
  private long busyNanos;
  private long lookedNanos;
  private long checkedNanos;
  private boolean dead;

  BusyWatch(RingMemory memory, long timeoutNanos) {
    this.memory = memory;
    this.timeoutNanos = timeoutNanos;
  }

  /** Gives the busy record up if it is time, so that a late commit cannot revive it. */
  boolean giveUp(long position, long offset, int header) {
    return isOver(position)
        && memory.replaceHeader(offset, header, header & ~RingLayout.BUSY | RingLayout.DISCARD);
  }

  /** Tells whether the record at {@code position}, which is busy now, has been so for too long. */
  boolean isOver(long position) {
    long pid = memory.producerPid();
    if (pid == 0) {
      return false; // a kernel ring: a busy record there is committed by the kernel
    }
    long now = System.nanoTime();
    if (position != watched) {
      watched = position;
      busyNanos = 0;
    } else {
      busyNanos += Math.min(now - lookedNanos, LOOK_NANOS);
    }
    lookedNanos = now;
    return busyNanos > timeoutNanos || busyNanos > SETTLE_NANOS && isDead(pid, now);
  }

  private boolean isDead(long pid, long now) {
    if (now - checkedNanos > LIVENESS_NANOS || checkedNanos == 0) {
      checkedNanos = now;
      Optional<ProcessHandle> process = ProcessHandle.of(pid);
      dead = process.isEmpty() || !process.get().isAlive();
    }
    return dead;
  }
}
