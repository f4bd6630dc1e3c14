package dev.sonde.perfbuffer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads several rings as one, in order of time. Within a poll the order holds over what all rings
 * held; a record that a slow CPU publishes later may be older than one already handed over, unless
 * the caller keeps a horizon behind the present.
 */
public final class PerfMerger {
  private final List<PerfRingReader> rings;
  private long runnerUpNanos;

  public PerfMerger(List<PerfRingReader> rings) {
    this.rings = List.copyOf(rings);
  }

  /**
   * Hands up to {@code limit} records to {@code handler}, by ascending time.
   *
   * @param horizonNanos records younger than this stay where they are; Long.MAX_VALUE: none do
   */
  public int poll(PerfHandler handler, int limit, long horizonNanos) {
    int handed = 0;
    try {
      while (handed < limit) {
        PerfRingReader oldest = oldest();
        if (oldest == null || oldest.record().timeNanos() > horizonNanos) {
          break;
        }
        // Records come in runs: while the ring stays the oldest, the others need no look.
        long until = Math.min(runnerUpNanos, horizonNanos);
        do {
          oldest.advance();
          handed++;
          handler.record(oldest.record());
        } while (handed < limit && oldest.next() && oldest.record().timeNanos() <= until);
      }
    } finally {
      rings.forEach(PerfRingReader::release);
    }
    return handed;
  }

  /** Returns the ring whose next record is the oldest, and leaves the second oldest's time. */
  private @Nullable PerfRingReader oldest() {
    PerfRingReader oldest = null;
    long oldestNanos = Long.MAX_VALUE;
    runnerUpNanos = Long.MAX_VALUE;
    for (PerfRingReader ring : rings) {
      if (!ring.next()) {
        continue;
      }
      long nanos = ring.record().timeNanos();
      if (oldest == null || nanos < oldestNanos) {
        runnerUpNanos = oldestNanos;
        oldest = ring;
        oldestNanos = nanos;
      } else {
        runnerUpNanos = Math.min(runnerUpNanos, nanos);
      }
    }
    return oldest;
  }
}
