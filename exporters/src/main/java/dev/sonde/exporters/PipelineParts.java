package dev.sonde.exporters;

import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.ExportTally;
import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.signal.Sink;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.exporters.stream.MapMetric;
import dev.sonde.exporters.stream.RecordPump;
import dev.sonde.exporters.stream.StackCounts;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a pipeline is made of.
 *
 * @param selfMetrics what the pipeline's owner counts about itself
 * @param sinkMakers sinks that are made once there are metrics to read
 */
record PipelineParts(
    List<RecordPump> pumps,
    List<MapMetric> metrics,
    List<StackCounts> profiles,
    List<FlightRecorder> recorders,
    MetricReading selfMetrics,
    List<Function<MetricReading, Sink>> sinkMakers,
    ExportTally tally,
    ExportLog log) {

  /** Makes the sinks; one that cannot be made is told about and left out. */
  List<GuardedSink> sinks(MetricReading reading) {
    return sinkMakers.stream()
        .map(maker -> sink(maker, reading))
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<GuardedSink> sink(Function<MetricReading, Sink> maker, MetricReading reading) {
    try {
      return Optional.of(new GuardedSink(maker.apply(reading), tally, log));
    } catch (RuntimeException | LinkageError failure) {
      tally.addFailure();
      log.warn("export: " + failure.getMessage() + "; this export is off, the others go on");
      return Optional.empty();
    }
  }
}
