package dev.sonde.exporters.signal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Tells about failures: the first at once, then at most one line a minute with their number. */
public final class FailureNotice {
  private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ExportLog log;
  private final AtomicLong untold = new AtomicLong();
  private final AtomicLong toldNanos = new AtomicLong(System.nanoTime() - PERIOD_NANOS);

  public FailureNotice(ExportLog log) {
    this.log = log;
  }

  /** Takes one failure; {@code message} says where, what, got, want. */
  public void failed(String message) {
    long failures = untold.incrementAndGet();
    long last = toldNanos.get();
    long now = System.nanoTime();
    if (now - last >= PERIOD_NANOS && toldNanos.compareAndSet(last, now)) {
      untold.addAndGet(-failures);
      log.warn(failures == 1 ? message : message + " (" + failures + " failures since the last)");
    }
  }
}
