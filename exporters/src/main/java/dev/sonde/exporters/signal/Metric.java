package dev.sonde.exporters.signal;

import java.util.List;
import java.util.Map;

/**
 * What a map says at one moment, as a metric.
 *
 * @param unit UCUM, such as {@code ns}, {@code By}, {@code {statement}}; "" if it has none
 */
public record Metric(
    String name, String description, String unit, MetricKind kind, List<Point> points) {

  public Metric {
    points = List.copyOf(points);
  }

  /** One point of a metric: its attributes (Long, Double, Boolean or String) and its value. */
  public sealed interface Point {
    Map<String, Object> attributes();

    /** A counter's or a gauge's value. */
    record Number(Map<String, Object> attributes, long value) implements Point {}

    /** A distribution. */
    record Distribution(Map<String, Object> attributes, Log2Histogram histogram) implements Point {}
  }
}
