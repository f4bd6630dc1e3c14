package dev.sonde.exporters.console;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.signal.Sink;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints events as they come, and at the end what maps and stacks say. */
public final class ConsoleSink implements Sink {
  private static final int LINES_PER_SECOND = 50; // of live events; more would only scroll by
  private static final int TABLE_ROWS = 20;
  private static final int HOTTEST = 5;
  private static final int FRAMES = 8;

  private final PrintStream out;
  private final boolean live;
  private final MetricReading metrics;
  private final Map<String, Profile> profiles = new LinkedHashMap<>();
  private long secondStartNanos = System.nanoTime();
  private int linesThisSecond;

  public ConsoleSink(PrintStream out, boolean live, MetricReading metrics) {
    this.out = out;
    this.live = live;
    this.metrics = metrics;
  }

  @Override
  public String name() {
    return "console";
  }

  @Override
  public void event(EventRecord record) {
    if (live && admitted()) {
      out.println(record.name() + "  " + attributes(record.attributes()));
    }
  }

  private boolean admitted() {
    long now = System.nanoTime();
    if (now - secondStartNanos >= 1_000_000_000L) {
      if (linesThisSecond > LINES_PER_SECOND) {
        out.println("... and " + (linesThisSecond - LINES_PER_SECOND) + " more in this second");
      }
      secondStartNanos = now;
      linesThisSecond = 0;
    }
    return ++linesThisSecond <= LINES_PER_SECOND;
  }

  @Override
  public void profile(Profile profile) {
    profiles.put(profile.name(), profile);
  }

  @Override
  public void close() {
    metrics.read().stream().flatMap(ConsoleSink::worthSaying).forEach(m -> out.print(describe(m)));
    profiles.values().forEach(profile -> out.print(describe(profile)));
    out.flush();
  }

  /** Of what Sonde counts about itself only what happened: most of it are losses that were none. */
  private static Stream<Metric> worthSaying(Metric metric) {
    if (!metric.name().startsWith("sonde.")) {
      return Stream.of(metric);
    }
    List<Metric.Point> points =
        metric.points().stream()
            .filter(point -> !(point instanceof Metric.Point.Number n && n.value() == 0))
            .toList();
    return points.isEmpty() ? Stream.empty() : Stream.of(of(metric, points));
  }

  private static Metric of(Metric metric, List<Metric.Point> points) {
    return new Metric(metric.name(), metric.description(), metric.unit(), metric.kind(), points);
  }

  /** Returns a metric as text: a chart for each distribution, a table for numbers. */
  public static String describe(Metric metric) {
    StringBuilder text = new StringBuilder();
    text.append('\n').append(metric.name());
    text.append(metric.description().isEmpty() ? "" : "  (" + metric.description() + ")");
    text.append('\n');
    for (Metric.Point point : metric.points()) {
      if (point instanceof Metric.Point.Distribution d && d.histogram().count() > 0) {
        text.append("  ")
            .append(attributes(d.attributes()))
            .append(d.attributes().isEmpty() ? "" : "  ");
        text.append(HistogramText.summary(d.histogram(), metric.unit())).append('\n');
        text.append(HistogramText.chart(d.histogram(), metric.unit()));
      }
    }
    appendNumbers(text, metric);
    return text.toString();
  }

  private static void appendNumbers(StringBuilder text, Metric metric) {
    List<Metric.Point.Number> numbers =
        metric.points().stream()
            .filter(Metric.Point.Number.class::isInstance)
            .map(Metric.Point.Number.class::cast)
            .sorted(Comparator.comparingLong(Metric.Point.Number::value).reversed())
            .toList();
    for (Metric.Point.Number number : numbers.subList(0, Math.min(TABLE_ROWS, numbers.size()))) {
      text.append(
          "  %16s  %s%n"
              .formatted(
                  UnitFormat.format(number.value(), metric.unit()),
                  attributes(number.attributes())));
    }
    if (numbers.size() > TABLE_ROWS) {
      text.append("  %16s  %d more%n".formatted("...", numbers.size() - TABLE_ROWS));
    }
  }

  private static String describe(Profile profile) {
    return "\n%s: hottest stacks of %,d %s%n%s"
        .formatted(
            profile.name(),
            profile.total(),
            profile.valueType(),
            StackText.hottest(profile, HOTTEST, FRAMES));
  }

  private static String attributes(Map<String, Object> attributes) {
    return attributes.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(" "));
  }
}
