package dev.sonde.exporters.stream;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.vm.map.PerfEventArrayMap;

/**
 * The lanes of a BPF_MAP_TYPE_PERF_EVENT_ARRAY map as one stream by time. A poll hands over what
 * was written before the last poll began: by then every lane shows what is older, so that the order
 * holds from poll to poll.
 */
public final class PerfFeed implements RecordFeed {
  private final PerfEventArrayMap map;
  private long lastPollNanos = System.nanoTime();

  /**
   * @param map whose lanes are open, forward
   */
  public PerfFeed(PerfEventArrayMap map) {
    this.map = map;
  }

  @Override
  public int poll(Handler handler, int limit) {
    long horizonNanos = lastPollNanos;
    lastPollNanos = System.nanoTime();
    return map.poll(
        record -> {
          if (record.type() == PerfLayout.SAMPLE) {
            byte[] bytes = new byte[record.rawSizeBytes()];
            record.buffer().get(record.rawOffset(), bytes);
            handler.record(bytes);
          }
        },
        limit,
        horizonNanos);
  }

  @Override
  public long lost() {
    return map.lost();
  }
}
