package dev.sonde.exporters.signal;

import java.util.concurrent.atomic.LongAdder;

/** What the pipeline and its sinks did so far; each sink adds to it from its own threads. */
public final class ExportTally {
  private final LongAdder events = new LongAdder();
  private final LongAdder metricPointsSent = new LongAdder();
  private final LongAdder logRecordsSent = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /** One event was read from a ring and decoded. */
  public void addEvent() {
    events.increment();
  }

  public void addMetricPointsSent(long count) {
    metricPointsSent.add(count);
  }

  public void addLogRecordsSent(long count) {
    logRecordsSent.add(count);
  }

  /** {@code count} events were given up because a sink could not keep up or failed for good. */
  public void addDropped(long count) {
    dropped.add(count);
  }

  /** One export or write failed. */
  public void addFailure() {
    failures.increment();
  }

  /**
   * @param lost records that the rings lost, which the pipeline knows
   */
  public ExportCounters snapshot(long lost) {
    return new ExportCounters(
        events.sum(),
        lost,
        metricPointsSent.sum(),
        logRecordsSent.sum(),
        dropped.sum(),
        failures.sum());
  }
}
