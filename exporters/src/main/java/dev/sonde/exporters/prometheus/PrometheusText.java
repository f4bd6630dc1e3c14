package dev.sonde.exporters.prometheus;

import dev.sonde.exporters.signal.Log2Histogram;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.util.List;
import java.util.Map;

/**
 * Metrics in Prometheus' text format 0.0.4, under names that OpenTelemetry's compatibility rules
 * give them: {@code sql.duration} in ns is {@code sql_duration_nanoseconds}, a counter ends in
 * {@code _total}.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition
 *     formats</a>
 */
public final class PrometheusText {
  private static final Map<String, String> UNITS =
      Map.ofEntries(
          Map.entry("ns", "nanoseconds"),
          Map.entry("us", "microseconds"),
          Map.entry("ms", "milliseconds"),
          Map.entry("s", "seconds"),
          Map.entry("min", "minutes"),
          Map.entry("h", "hours"),
          Map.entry("By", "bytes"),
          Map.entry("KiBy", "kibibytes"),
          Map.entry("MiBy", "mebibytes"),
          Map.entry("%", "percent"));

  private final StringBuilder text = new StringBuilder();

  private PrometheusText() {}

  public static String of(List<Metric> metrics) {
    PrometheusText text = new PrometheusText();
    metrics.forEach(text::append);
    return text.text.toString();
  }

  private void append(Metric metric) {
    String name = nameOf(metric);
    if (!metric.description().isEmpty()) {
      String help = metric.description().replace("\\", "\\\\").replace("\n", "\\n");
      text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    }
    String type =
        switch (metric.kind()) {
          case HISTOGRAM -> "histogram";
          case COUNTER -> "counter";
          case GAUGE -> "gauge";
        };
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    for (Metric.Point point : metric.points()) {
      if (point instanceof Metric.Point.Number number) {
        sample(name, number.attributes(), "", String.valueOf(number.value()));
      } else if (point instanceof Metric.Point.Distribution distribution) {
        histogram(name, distribution);
      }
    }
  }

  private void histogram(String name, Metric.Point.Distribution point) {
    Log2Histogram histogram = point.histogram();
    long below = 0;
    for (int i = 0; i < histogram.slots().length - 1; i++) {
      below += histogram.slots()[i];
      String bound = "le=\"" + Log2Histogram.highest(i) + '"';
      sample(name + "_bucket", point.attributes(), bound, String.valueOf(below));
    }
    String count = String.valueOf(histogram.count());
    sample(name + "_bucket", point.attributes(), "le=\"+Inf\"", count);
    sample(name + "_sum", point.attributes(), "", String.valueOf(histogram.sum()));
    sample(name + "_count", point.attributes(), "", count);
  }

  private void sample(String name, Map<String, Object> attributes, String bound, String value) {
    text.append(name);
    String separator = "{";
    for (Map.Entry<String, Object> attribute : attributes.entrySet()) {
      text.append(separator).append(sanitized(attribute.getKey())).append("=\"");
      text.append(escaped(String.valueOf(attribute.getValue()))).append('"');
      separator = ",";
    }
    if (!bound.isEmpty()) {
      text.append(separator).append(bound);
      separator = ",";
    }
    text.append(separator.equals("{") ? "" : "}").append(' ').append(value).append('\n');
  }

  /** Returns the metric's name with its unit and, for a counter, {@code _total}. */
  static String nameOf(Metric metric) {
    String name = sanitized(metric.name());
    String unit = UNITS.get(metric.unit());
    if (unit != null && !name.endsWith("_" + unit)) {
      name += "_" + unit;
    }
    boolean total = metric.kind() == MetricKind.COUNTER && !name.endsWith("_total");
    return total ? name + "_total" : name;
  }

  private static String sanitized(String name) {
    String plain = name.replaceAll("[^a-zA-Z0-9_]+", "_");
    return plain.isEmpty() || Character.isDigit(plain.charAt(0)) ? "_" + plain : plain;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
