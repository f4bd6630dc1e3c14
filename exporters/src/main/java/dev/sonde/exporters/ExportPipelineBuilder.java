package dev.sonde.exporters;

import dev.sonde.exporters.console.ConsoleSink;
import dev.sonde.exporters.otel.OtelSink;
import dev.sonde.exporters.prometheus.PrometheusEndpoint;
import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.ExportTally;
import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.signal.Sink;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.exporters.stream.MapMetric;
import dev.sonde.exporters.stream.MetricSource;
import dev.sonde.exporters.stream.RecordPump;
import dev.sonde.exporters.stream.RecordSource;
import dev.sonde.exporters.stream.StackCountSource;
import dev.sonde.exporters.stream.StackCounts;
import dev.sonde.exporters.symbol.Symbolizer;
import dev.sonde.vm.stacktrace.FrameTable;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Collects the sources and sinks of a pipeline; see {@link ExportPipeline}. */
public final class ExportPipelineBuilder {
  private final ExportLog log;
  private final ExportTally tally = new ExportTally();
  private final List<MetricSource> metrics = new ArrayList<>();
  private final List<RecordSource> records = new ArrayList<>();
  private final List<StackCountSource> stacks = new ArrayList<>();
  private final Map<RecordSource, Path> recorders = new LinkedHashMap<>();
  private MetricReading selfMetrics = List::of;
  private final List<Function<MetricReading, Sink>> sinks = new ArrayList<>();
  private final Map<String, String> resource = new LinkedHashMap<>();
  private Symbolizer symbolizer = new Symbolizer(id -> null, Symbolizer.NativeSymbols.NONE);
  private Duration interval = Duration.ofSeconds(1);

  ExportPipelineBuilder(ExportLog log) {
    this.log = log;
  }

  /** Adds a map that is a metric. */
  public ExportPipelineBuilder metric(MetricSource source) {
    metrics.add(source);
    return this;
  }

  /** Adds a ring of records. */
  public ExportPipelineBuilder records(RecordSource source) {
    records.add(source);
    return this;
  }

  /** Adds a map of counts by stack. */
  public ExportPipelineBuilder stacks(StackCountSource source) {
    stacks.add(source);
    return this;
  }

  /**
   * Adds a flight recorder: a map that keeps the newest records.
   *
   * @param source whose feed is a {@link dev.sonde.exporters.stream.DumpFeed}
   * @param file where dumps go, each with its time in the name
   */
  public ExportPipelineBuilder recorder(RecordSource source, Path file) {
    recorders.put(source, file);
    return this;
  }

  /** Sets what is exported beside the maps: what the caller counts about itself. */
  public ExportPipelineBuilder selfMetrics(MetricReading reading) {
    selfMetrics = reading;
    return this;
  }

  /** Sets where the names of frames come from; without it frames are shown as numbers. */
  public ExportPipelineBuilder symbols(
      FrameTable javaFrames, Symbolizer.NativeSymbols nativeSymbols) {
    symbolizer = new Symbolizer(javaFrames, nativeSymbols);
    return this;
  }

  /** Sets how often metrics are sent unless OTEL_METRIC_EXPORT_INTERVAL says; default 1 s. */
  public ExportPipelineBuilder interval(Duration period) {
    interval = period;
    return this;
  }

  /** Adds a resource attribute, which OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME override. */
  public ExportPipelineBuilder resource(String name, String value) {
    resource.put(name, value);
    return this;
  }

  /**
   * Adds a report on {@code out} at the end: histograms, counters and the hottest stacks.
   *
   * @param live whether each record is printed as it comes, too
   */
  public ExportPipelineBuilder console(PrintStream out, boolean live) {
    sinks.add(reading -> new ConsoleSink(out, live, reading));
    return this;
  }

  /**
   * Adds a file of the collected stacks, whose suffix picks the format: {@code .html} a flame
   * graph, {@code .collapsed} or {@code .txt} collapsed stacks, {@code .pb.gz} pprof, {@code .json}
   * speedscope.
   *
   * @throws IllegalArgumentException if the suffix is none of them
   */
  public ExportPipelineBuilder profileFile(Path file) {
    ProfileFile sink = new ProfileFile(file);
    sinks.add(reading -> sink);
    return this;
  }

  /**
   * Adds metrics and logs by OTLP, as the OTEL_* variables and the {@code otel.*} system properties
   * say; {@code defaults} (such as {@code otel.exporter.otlp.endpoint}) give way to them.
   */
  public ExportPipelineBuilder otlp(Map<String, String> defaults) {
    sinks.add(
        reading -> new OtelSink(reading, defaults, Map.copyOf(resource), interval, tally, log));
    return this;
  }

  /** Adds an endpoint that Prometheus scrapes: {@code http://host:port/metrics}. */
  public ExportPipelineBuilder prometheus(String host, int port) {
    sinks.add(reading -> new PrometheusEndpoint(host, port, reading));
    return this;
  }

  /** Adds a sink of the caller's own. */
  public ExportPipelineBuilder sink(Sink sink) {
    sinks.add(reading -> sink);
    return this;
  }

  public ExportPipeline build() {
    return new ExportPipeline(
        new PipelineParts(
            records.stream().map(source -> new RecordPump(source, symbolizer)).toList(),
            metrics.stream().map(MapMetric::new).toList(),
            stacks.stream().map(source -> new StackCounts(source, symbolizer)).toList(),
            recorders.entrySet().stream()
                .map(e -> new FlightRecorder(e.getKey(), symbolizer, e.getValue()))
                .toList(),
            selfMetrics,
            List.copyOf(sinks),
            tally,
            log));
  }
}
