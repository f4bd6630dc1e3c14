package dev.sonde.exporters.otel;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.Collection;

/** A metric exporter whose outcomes are noted. */
final class WatchedMetricExporter implements MetricExporter {
  private final MetricExporter exporter;
  private final OtlpDelivery delivery;

  WatchedMetricExporter(MetricExporter exporter, OtlpDelivery delivery) {
    this.exporter = exporter;
    this.delivery = delivery;
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    long points = metrics.stream().mapToLong(metric -> metric.getData().getPoints().size()).sum();
    CompletableResultCode result = exporter.export(metrics);
    return result.whenComplete(() -> delivery.metricsDone(result, points));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return exporter.getAggregationTemporality(type);
  }

  @Override
  public Aggregation getDefaultAggregation(InstrumentType type) {
    return exporter.getDefaultAggregation(type);
  }

  @Override
  public MemoryMode getMemoryMode() {
    return exporter.getMemoryMode();
  }

  @Override
  public String toString() {
    return exporter.toString();
  }
}
