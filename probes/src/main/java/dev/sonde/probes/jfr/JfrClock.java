package dev.sonde.probes.jfr;

import java.time.Duration;
import java.time.Instant;

/**
 * Turns the wall-clock times of events into ns of the clock that programs know (CLOCK_MONOTONIC,
 * {@link System#nanoTime}); good to some microseconds, because the two are read one after the
 * other.
 */
record JfrClock(long nanosAheadOfWall) {

  static JfrClock now() {
    long before = System.nanoTime();
    Instant wall = Instant.now();
    long after = System.nanoTime();
    return new JfrClock(before + (after - before) / 2 - sinceEpoch(wall));
  }

  /** Returns {@code time} in ns; the ends of time stay at the ends of the range. */
  long nanos(Instant time) {
    if (time.equals(Instant.MIN) || time.equals(Instant.MAX)) {
      return time.equals(Instant.MIN) ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return sinceEpoch(time) + nanosAheadOfWall;
  }

  static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException endless) {
      return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  private static long sinceEpoch(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
