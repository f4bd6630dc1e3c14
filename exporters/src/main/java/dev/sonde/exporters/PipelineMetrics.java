package dev.sonde.exporters;

import dev.sonde.exporters.signal.ExportCounters;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.util.List;
import java.util.Map;

/** The pipeline's counters as metrics, so that losses show where the data shows. */
final class PipelineMetrics {
  private PipelineMetrics() {}

  static List<Metric> of(ExportCounters counters) {
    return List.of(
        counter("sonde.records.read", "{record}", "Records read from rings", counters.events()),
        counter(
            "sonde.records.lost", "{record}", "Records that found a ring full", counters.lost()),
        counter(
            "sonde.export.dropped",
            "{record}",
            "Records given up because a receiver was too slow or failed",
            counters.dropped()),
        counter("sonde.export.failures", "{failure}", "Failed exports", counters.failures()));
  }

  private static Metric counter(String name, String unit, String description, long value) {
    return new Metric(
        name,
        description,
        unit,
        MetricKind.COUNTER,
        List.of(new Metric.Point.Number(Map.of(), value)));
  }
}
