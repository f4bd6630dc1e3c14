package dev.sonde.perfbuffer;

import java.util.List;

/**
 * Reads several rings as one, in order of time. Within a poll the order holds over what all rings
 * held; a record that a slow CPU publishes later may be older than one already handed over, unless
 * the caller keeps a horizon behind the present.
 */
public final class PerfMerger {
  private final List<PerfRingReader> rings;

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
        oldest.advance();
        handed++;
        handler.record(oldest.record());
      }
    } finally {
      rings.forEach(PerfRingReader::release);
    }
    return handed;
  }

  private @org.jspecify.annotations.Nullable PerfRingReader oldest() {
    PerfRingReader oldest = null;
    for (PerfRingReader ring : rings) {
      if (ring.next()
          && (oldest == null || ring.record().timeNanos() < oldest.record().timeNanos())) {
        oldest = ring;
      }
    }
    return oldest;
  }
}
