package dev.sonde.agent.config;

import dev.sonde.exporters.signal.MetricKind;
import dev.sonde.vm.context.CarrierSlot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one session does: which objects with which targets, and where the answers go.
 *
 * @param file where it was read from, for messages
 * @param session the session's name, unique in the JVM
 * @param serviceName the resource's service.name, null: from OTEL_* or the JVM's main class
 */
public record AgentConfig(
    Path file,
    String session,
    LogLevel log,
    JitMode jit,
    int maxProcessedInsns,
    @Nullable String serviceName,
    List<ObjectConfig> objects,
    ExportConfig export) {

  /** How much the agent says on stderr. */
  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  /** Which engine runs programs. */
  public enum JitMode {
    ON,
    OFF,
    DEBUG
  }

  /**
   * @param maps how rings are kept, by map name
   * @param variables .rodata and .data variables by name, durations in ns
   * @param programs overrides by program name; a program that is not named keeps its section's
   *     target
   */
  public record ObjectConfig(
      Path file, Map<String, Long> variables, List<MapConfig> maps, List<ProgramConfig> programs) {}

  /**
   * How a ring or the lanes of a perf event array are kept.
   *
   * @param overwrite keep the newest records: a flight recorder
   * @param sizeBytes of the ring or of each lane, 0: as in the object, 256 KiB for lanes
   * @param file where another process reads the ring from, null: in this JVM
   */
  public record MapConfig(String name, boolean overwrite, int sizeBytes, @Nullable Path file) {}

  /**
   * @param attach targets in the form of section names; empty: the section's own
   * @param order programs on one place run in ascending order
   */
  public record ProgramConfig(
      String name,
      boolean enabled,
      List<String> attach,
      long cookie,
      int order,
      LimitsConfig limits,
      FilterConfig filter,
      KernelConfig kernel,
      JfrConfig jfr) {

    /** Returns the settings of a program that the file does not mention. */
    public static ProgramConfig asInObject(String name) {
      return new ProgramConfig(
          name,
          true,
          List.of(),
          0,
          0,
          LimitsConfig.NONE,
          FilterConfig.NONE,
          KernelConfig.NONE,
          JfrConfig.NONE);
    }
  }

  /**
   * @param sampleOneIn run the program for one event of this many, 1: all
   * @param maxPerSecond 0: no limit
   * @param minDurationNanos for return probes: shorter calls are no event
   * @param maxCpuShare switch the probe off above this share of one CPU, 0: never
   * @param maxRunNanos end a run whose callbacks, iterators, may_goto and calls go on for longer
   */
  public record LimitsConfig(
      int sampleOneIn,
      int maxPerSecond,
      long minDurationNanos,
      double maxCpuShare,
      long maxRunNanos) {
    public static final LimitsConfig NONE =
        new LimitsConfig(1, 0, 0, 0, CarrierSlot.DEFAULT_MAX_RUN_NANOS);
  }

  /** Narrows what the globs of a method target match; null: any. */
  public record FilterConfig(
      @Nullable String within,
      @Nullable String subtypeOf,
      @Nullable String annotation,
      @Nullable String loader) {
    public static final FilterConfig NONE = new FilterConfig(null, null, null, null);
  }

  /**
   * What a target that the kernel watches needs beside its name.
   *
   * @param scope whose events: process, system, pid:PID, thread:TID
   * @param event of a perf_event program: cpu-clock, page-faults, cycles, ...; null: as it stands
   * @param frequencyHz samples in a second; 0: as it stands
   * @param period one sample in so many events; 0: as it stands
   */
  public record KernelConfig(String scope, @Nullable String event, long frequencyHz, long period) {
    public static final KernelConfig NONE = new KernelConfig("process", null, 0, 0);
  }

  /**
   * What a JFR event needs beside its name.
   *
   * @param thresholdNanos shorter events are left out; 0: as the target stands
   * @param periodNanos how often a periodic event is taken; 0: as the target stands
   */
  public record JfrConfig(long thresholdNanos, long periodNanos) {
    public static final JfrConfig NONE = new JfrConfig(0, 0);
  }

  /** What is printed on stderr. */
  public enum Console {
    OFF,
    /** A report when the session ends. */
    SUMMARY,
    /** Each record as it comes, too. */
    LIVE
  }

  /**
   * @param files where the collected stacks go; the suffix picks the format
   * @param otlp null: off
   */
  public record ExportConfig(
      long intervalNanos,
      Console console,
      List<Path> files,
      @Nullable OtlpConfig otlp,
      @Nullable PrometheusConfig prometheus,
      List<MetricConfig> metrics,
      List<RecordConfig> records,
      List<StackConfig> stacks,
      List<RecorderConfig> recorders) {}

  /**
   * A map that overwrites, and when what it holds is written to a file.
   *
   * @param record the map and its records
   * @param file each dump adds its time to the name
   * @param exceptions classes whose making is a trigger
   * @param latencies calls that take long are a trigger
   * @param onExit whether the JVM's end is a trigger
   * @param cooldownNanos for so long after a dump nothing but the command line triggers another
   */
  public record RecorderConfig(
      RecordConfig record,
      Path file,
      List<String> exceptions,
      List<LatencyConfig> latencies,
      boolean onExit,
      long cooldownNanos) {}

  /**
   * @param target CLASS.METHOD[(PARAMETERS)], with globs
   */
  public record LatencyConfig(String target, long overNanos) {}

  /** A null endpoint leaves it to OTEL_EXPORTER_OTLP_ENDPOINT, whose default is localhost:4318. */
  public record OtlpConfig(@Nullable String endpoint) {}

  /** Where Prometheus may scrape; port 0 picks a free one. */
  public record PrometheusConfig(String host, int port) {}

  /**
   * A map as a metric.
   *
   * @param kind histogram, counter or gauge
   * @param attributes key member to attribute name
   */
  public record MetricConfig(
      String map,
      MetricKind kind,
      String name,
      String unit,
      String description,
      Map<String, String> attributes) {}

  /**
   * A ring buffer as log records.
   *
   * @param type the BTF struct of a record
   * @param stacks the stack-trace map of its stack_id, null: none
   * @param attributes member to attribute name
   */
  public record RecordConfig(
      String map,
      String name,
      String type,
      @Nullable String stacks,
      Map<String, String> attributes) {}

  /** A map of counts by stack id beside its stack-trace map, as a profile. */
  public record StackConfig(String counts, String stacks, String name, String unit) {}
}
