package dev.sonde.agent.config;

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
   * @param variables .rodata and .data variables by name, durations in ns
   * @param programs overrides by program name; a program that is not named keeps its section's
   *     target
   */
  public record ObjectConfig(
      Path file, Map<String, Long> variables, List<ProgramConfig> programs) {}

  /**
   * @param attach targets in the form of section names; empty: the section's own
   * @param sampleOneIn run the program for one event of this many, 1: all
   */
  public record ProgramConfig(
      String name, boolean enabled, List<String> attach, long cookie, int sampleOneIn) {}

  /** Null paths and endpoints are sinks that are off. */
  public record ExportConfig(
      long intervalNanos,
      boolean console,
      @Nullable Path collapsed,
      @Nullable Path flame,
      @Nullable Path pprof,
      @Nullable OtlpConfig otlp,
      @Nullable Integer prometheusPort,
      List<MetricConfig> metrics,
      List<RecordConfig> records,
      List<StackConfig> stacks) {}

  /** A null endpoint leaves it to OTEL_EXPORTER_OTLP_ENDPOINT, whose default is localhost:4318. */
  public record OtlpConfig(@Nullable String endpoint) {}

  /** What the values of a map are. */
  public enum MetricKind {
    /** Slot i counts values of [2^i, 2^(i+1)). */
    HISTOGRAM,
    /** A number that only grows. */
    COUNTER,
    GAUGE
  }

  /** A map as a metric; {@code label} names what the key says. */
  public record MetricConfig(
      String map, MetricKind kind, String name, String unit, String description, String label) {}

  /** A ring buffer as log records; {@code type} is the BTF struct of a record. */
  public record RecordConfig(String map, String name, String type) {}

  /** A map of counts by stack id beside its stack-trace map, as a profile. */
  public record StackConfig(String counts, String stacks, String name, String unit) {}
}
