package dev.sonde.examples.demo;

import dev.sonde.exporters.signal.Log2Histogram;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the receiver got: the latest of each metric (they are cumulative), and the log records. */
final class Telemetry {
  private static final int KEPT = 10_000; // slow statements; far more than the demo makes

  private final Map<String, Metric> metrics = new LinkedHashMap<>();
  private final List<SlowStatement> slow = new ArrayList<>();
  private Map<String, String> resource = Map.of();
  private long dataPoints;
  private long logRecords;

  synchronized void resource(Resource received) {
    Map<String, String> attributes = new TreeMap<>();
    for (KeyValue attribute : received.getAttributesList()) {
      boolean number = attribute.getValue().hasIntValue();
      attributes.put(
          attribute.getKey(),
          number
              ? String.valueOf(attribute.getValue().getIntValue())
              : attribute.getValue().getStringValue());
    }
    resource = attributes;
  }

  synchronized void metric(Metric metric) {
    metrics.put(metric.getName(), metric);
    dataPoints +=
        metric.getHistogram().getDataPointsCount()
            + metric.getSum().getDataPointsCount()
            + metric.getGauge().getDataPointsCount();
  }

  synchronized void log(LogRecord log) {
    logRecords++;
    if (slow.size() < KEPT) {
      slow.add(SlowStatement.of(log));
    }
  }

  synchronized String resourceAttribute(String name) {
    return resource.getOrDefault(name, "?");
  }

  synchronized long dataPoints() {
    return dataPoints;
  }

  synchronized long logRecords() {
    return logRecords;
  }

  /** Returns the {@code count} slowest statements, the slowest first. */
  synchronized List<SlowStatement> slowest(int count) {
    return slow.stream()
        .sorted(Comparator.comparingLong(SlowStatement::durationNanos).reversed())
        .limit(count)
        .toList();
  }

  /** Returns a counter's values by their attributes. */
  synchronized Map<String, Long> counter(String name) {
    Map<String, Long> values = new TreeMap<>();
    Metric metric = metrics.getOrDefault(name, Metric.getDefaultInstance());
    for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
      String key =
          point.getAttributesList().stream()
              .map(attribute -> attribute.getValue().getStringValue())
              .collect(Collectors.joining(" "));
      values.put(key, point.getAsInt());
    }
    return values;
  }

  synchronized long sum(String name) {
    return counter(name).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns a histogram's buckets, which stand for the slots of the program's map one by one. */
  synchronized Log2Histogram histogram(String name) {
    Metric metric = metrics.getOrDefault(name, Metric.getDefaultInstance());
    long[] slots = new long[0];
    double sum = 0;
    for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
      slots = point.getBucketCountsList().stream().mapToLong(Long::longValue).toArray();
      sum = point.getSum();
    }
    return new Log2Histogram(slots, sum);
  }
}
