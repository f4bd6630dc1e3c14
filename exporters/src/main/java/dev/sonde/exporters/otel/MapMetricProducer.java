package dev.sonde.exporters.otel;

import dev.sonde.exporters.signal.Log2Histogram;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricReading;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableGaugeData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableHistogramData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableHistogramPointData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableLongPointData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableMetricData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableSumData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Maps as cumulative metrics. The programs have aggregated already, so no instrument of the SDK
 * stands between: each export takes the maps as they are.
 *
 * <p>A log2 slot becomes an explicit bucket whose upper bound is the greatest integer that the slot
 * counts, so that OTLP's inclusive bounds lose nothing.
 */
final class MapMetricProducer implements MetricProducer {
  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.create(OtelSink.SCOPE);

  private final MetricReading reading;
  private final long startUnixNanos = System.currentTimeMillis() * 1_000_000;

  MapMetricProducer(MetricReading reading) {
    this.reading = reading;
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    long now = System.currentTimeMillis() * 1_000_000;
    List<MetricData> data = new ArrayList<>();
    for (Metric metric : reading.read()) {
      if (!metric.points().isEmpty()) {
        data.add(dataOf(resource, metric, now));
      }
    }
    return data;
  }

  private MetricData dataOf(Resource resource, Metric metric, long now) {
    String name = metric.name();
    String description = metric.description();
    String unit = metric.unit();
    return switch (metric.kind()) {
      case HISTOGRAM ->
          ImmutableMetricData.createDoubleHistogram(
              resource,
              SCOPE,
              name,
              description,
              unit,
              ImmutableHistogramData.create(
                  AggregationTemporality.CUMULATIVE, distributions(metric, now)));
      case COUNTER ->
          ImmutableMetricData.createLongSum(
              resource,
              SCOPE,
              name,
              description,
              unit,
              ImmutableSumData.create(
                  true, AggregationTemporality.CUMULATIVE, numbers(metric, now)));
      case GAUGE ->
          ImmutableMetricData.createLongGauge(
              resource,
              SCOPE,
              name,
              description,
              unit,
              ImmutableGaugeData.create(numbers(metric, now)));
    };
  }

  private List<LongPointData> numbers(Metric metric, long now) {
    List<LongPointData> points = new ArrayList<>();
    for (Metric.Point point : metric.points()) {
      if (point instanceof Metric.Point.Number number) {
        points.add(
            ImmutableLongPointData.create(
                startUnixNanos, now, OtelAttributes.of(number.attributes()), number.value()));
      }
    }
    return points;
  }

  private List<HistogramPointData> distributions(Metric metric, long now) {
    List<HistogramPointData> points = new ArrayList<>();
    for (Metric.Point point : metric.points()) {
      if (point instanceof Metric.Point.Distribution d) {
        points.add(distribution(d, now));
      }
    }
    return points;
  }

  private HistogramPointData distribution(Metric.Point.Distribution point, long now) {
    Log2Histogram histogram = point.histogram();
    List<Double> bounds = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    for (int i = 0; i < histogram.slots().length; i++) {
      counts.add(histogram.slots()[i]);
      bounds.add((double) Log2Histogram.highest(i));
    }
    bounds.remove(bounds.size() - 1); // the last bucket is open
    return ImmutableHistogramPointData.create(
        startUnixNanos,
        now,
        OtelAttributes.of(point.attributes()),
        histogram.sum(),
        false,
        0,
        false,
        0,
        bounds,
        counts);
  }
}
