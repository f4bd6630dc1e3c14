package dev.sonde.agent.config;

import dev.sonde.agent.config.AgentConfig.Console;
import dev.sonde.agent.config.AgentConfig.ExportConfig;
import dev.sonde.agent.config.AgentConfig.FilterConfig;
import dev.sonde.agent.config.AgentConfig.JfrConfig;
import dev.sonde.agent.config.AgentConfig.JitMode;
import dev.sonde.agent.config.AgentConfig.KernelConfig;
import dev.sonde.agent.config.AgentConfig.LimitsConfig;
import dev.sonde.agent.config.AgentConfig.LogLevel;
import dev.sonde.agent.config.AgentConfig.MetricConfig;
import dev.sonde.agent.config.AgentConfig.ObjectConfig;
import dev.sonde.agent.config.AgentConfig.OtlpConfig;
import dev.sonde.agent.config.AgentConfig.ProgramConfig;
import dev.sonde.agent.config.AgentConfig.PrometheusConfig;
import dev.sonde.agent.config.AgentConfig.RecordConfig;
import dev.sonde.agent.config.AgentConfig.StackConfig;
import dev.sonde.exporters.signal.MetricKind;
import dev.sonde.probes.ProcessScope;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the YAML file; docs/guide/config.md lists the keys. */
public final class ConfigReader {
  private static final int DEFAULT_PROMETHEUS_PORT = 9464; // as OpenTelemetry's exporter
  private static final long DEFAULT_INTERVAL_NANOS = 1_000_000_000L;
  private static final int DEFAULT_MAX_INSNS = 1_000_000;

  private ConfigReader() {}

  public static AgentConfig read(Path file) throws ConfigException {
    try {
      return parse(file, Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new ConfigException(file.toString(), "no such file, want a YAML file");
    } catch (MalformedInputException e) {
      throw new ConfigException(file.toString(), "got bytes that are not UTF-8, want a YAML text");
    } catch (IOException e) {
      throw new ConfigException(file.toString(), "cannot read: " + e);
    }
  }

  /** Reads {@code text}; relative paths are taken from the folder of {@code file}. */
  public static AgentConfig parse(Path file, String text) throws ConfigException {
    Section root = Section.root(file, YamlReader.read(file.toString(), text));
    AgentConfig config =
        new AgentConfig(
            file,
            root.text("session", defaultName(file)),
            root.choice("log", LogLevel.INFO),
            jit(root),
            verifierLimit(root.section("verifier"), root.has("verifier")),
            serviceName(root.section("service")),
            objects(root),
            export(root.section("export")));
    root.close(); // before anything is missed: a mistyped key is the likelier mistake
    if (config.objects().isEmpty()) {
      throw root.problem("objects", "got no object, want at least one (\"- file: x.bpf.o\")");
    }
    return config;
  }

  private static JitMode jit(Section root) throws ConfigException {
    return root.choice("jit", JitMode.ON);
  }

  private static String defaultName(Path file) {
    String name = file.getFileName().toString();
    int dot = name.indexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  private static int verifierLimit(Section verifier, boolean present) throws ConfigException {
    long limit = verifier.number("max-insns", DEFAULT_MAX_INSNS);
    if (present && (limit < 1 || limit > DEFAULT_MAX_INSNS)) {
      throw verifier.problem(
          "max-insns", "got %d, want 1 to %d".formatted(limit, DEFAULT_MAX_INSNS));
    }
    verifier.close();
    return (int) limit;
  }

  private static @Nullable String serviceName(Section service) throws ConfigException {
    String name = service.text("name");
    service.close();
    return name;
  }

  private static List<ObjectConfig> objects(Section root) throws ConfigException {
    List<ObjectConfig> objects = new ArrayList<>();
    for (Section section : root.sections("objects")) {
      Path path = section.requiredPath("file", "the path of an object file (.bpf.o)");
      objects.add(
          new ObjectConfig(
              path, variables(section), RecorderReader.maps(section), programs(section)));
      section.close();
    }
    return objects;
  }

  private static Map<String, Long> variables(Section object) throws ConfigException {
    Section section = object.section("variables");
    Map<String, Long> values = new LinkedHashMap<>();
    for (var entry : section.entries().entrySet()) {
      try {
        values.put(entry.getKey(), Quantity.anyOf(entry.getValue()));
      } catch (IllegalArgumentException e) {
        throw section.problem(
            entry.getKey(),
            "got \"%s\", want a number, a duration (5ms) or a size (64KiB)"
                .formatted(entry.getValue()));
      }
    }
    return values;
  }

  private static List<ProgramConfig> programs(Section object) throws ConfigException {
    List<ProgramConfig> programs = new ArrayList<>();
    for (Section section : object.sections("programs")) {
      programs.add(
          new ProgramConfig(
              section.required("name", "the name of a program of the object"),
              section.flag("enabled", true),
              section.texts("attach"),
              section.number("cookie", 0),
              (int) section.number("order", 0),
              limits(section.section("limits")),
              filter(section.section("filter")),
              kernel(section),
              jfr(section.section("jfr"))));
      section.close();
    }
    return programs;
  }

  private static JfrConfig jfr(Section jfr) throws ConfigException {
    JfrConfig config =
        new JfrConfig(jfr.durationNanos("threshold", 0), jfr.durationNanos("period", 0));
    jfr.close();
    return config;
  }

  private static KernelConfig kernel(Section program) throws ConfigException {
    KernelConfig config =
        new KernelConfig(
            program.text("scope", KernelConfig.NONE.scope()),
            program.text("event"),
            program.number("frequency", 0),
            program.number("period", 0));
    try {
      if (program.has("scope")) { // which process this is, takes 8 ms to learn
        ProcessScope.parse(config.scope());
      }
    } catch (IllegalArgumentException e) {
      throw program.problem("scope", e.getMessage().replaceFirst("^scope: ", ""));
    }
    if (config.frequencyHz() < 0 || config.period() < 0) {
      throw program.problem(
          config.period() < 0 ? "period" : "frequency", "got a negative number, want 1 or more");
    }
    if (config.frequencyHz() > 0 && config.period() > 0) {
      throw program.problem("period", "got a frequency too, want one of the two");
    }
    return config;
  }

  private static LimitsConfig limits(Section limits) throws ConfigException {
    LimitsConfig config =
        new LimitsConfig(
            sample(limits),
            (int) limits.number("max-per-second", 0),
            limits.durationNanos("min-duration", 0),
            cpuShare(limits),
            maxRun(limits));
    limits.close();
    return config;
  }

  private static long maxRun(Section limits) throws ConfigException {
    long nanos = limits.durationNanos("max-run", LimitsConfig.NONE.maxRunNanos());
    if (nanos == 0) {
      throw limits.problem("max-run", "got 0, want a duration, such as 100ms");
    }
    return nanos;
  }

  private static int sample(Section limits) throws ConfigException {
    String text = limits.text("sample");
    if (text == null) {
      return 1;
    }
    String digits = text.startsWith("1/") ? text.substring(2) : "";
    if (!digits.matches("[1-9][0-9]{0,8}")) {
      throw limits.problem("sample", "got \"%s\", want 1/N, such as 1/100".formatted(text));
    }
    return Integer.parseInt(digits);
  }

  private static double cpuShare(Section limits) throws ConfigException {
    String text = limits.text("max-cpu");
    if (text == null) {
      return 0;
    }
    if (!text.matches("[0-9]{1,3}(\\.[0-9]+)?%") || Quantity.percent(text) > 1) {
      throw limits.problem("max-cpu", "got \"%s\", want 0%% to 100%%".formatted(text));
    }
    return Quantity.percent(text);
  }

  private static FilterConfig filter(Section filter) throws ConfigException {
    FilterConfig config =
        new FilterConfig(
            filter.text("within"),
            filter.text("subtype-of"),
            filter.text("annotation"),
            filter.text("loader"));
    filter.close();
    return config;
  }

  private static ExportConfig export(Section export) throws ConfigException {
    ExportConfig config =
        new ExportConfig(
            export.durationNanos("interval", DEFAULT_INTERVAL_NANOS),
            export.choice("console", Console.SUMMARY),
            export.paths("files"),
            otlp(export),
            prometheus(export),
            metrics(export),
            records(export),
            stacks(export),
            RecorderReader.recorders(export));
    export.close();
    return config;
  }

  private static @Nullable OtlpConfig otlp(Section export) throws ConfigException {
    Section otlp = export.section("otlp");
    String endpoint = otlp.text("endpoint");
    otlp.close();
    return export.has("otlp") ? new OtlpConfig(endpoint) : null;
  }

  private static @Nullable PrometheusConfig prometheus(Section export) throws ConfigException {
    Section prometheus = export.section("prometheus");
    String host = prometheus.text("host", "127.0.0.1");
    long port = prometheus.number("port", DEFAULT_PROMETHEUS_PORT);
    if (port < 0 || port > 65_535) {
      throw prometheus.problem("port", "got %d, want 0 to 65535".formatted(port));
    }
    prometheus.close();
    return export.has("prometheus") ? new PrometheusConfig(host, (int) port) : null;
  }

  private static List<MetricConfig> metrics(Section export) throws ConfigException {
    List<MetricConfig> metrics = new ArrayList<>();
    for (Section section : export.sections("metrics")) {
      String map = section.required("map", "the name of a map");
      metrics.add(
          new MetricConfig(
              map,
              section.choice("kind", MetricKind.COUNTER),
              section.text("name", map),
              section.text("unit", "1"),
              section.text("description", ""),
              attributes(section)));
      section.close();
    }
    return metrics;
  }

  private static List<RecordConfig> records(Section export) throws ConfigException {
    List<RecordConfig> records = new ArrayList<>();
    for (Section section : export.sections("records")) {
      records.add(record(section));
      section.close();
    }
    return records;
  }

  static RecordConfig record(Section section) throws ConfigException {
    String map = section.required("map", "the name of a ring buffer or perf event array map");
    return new RecordConfig(
        map,
        section.text("name", map),
        section.required("type", "the struct of a record, as the object's BTF names it"),
        section.text("stacks"),
        attributes(section));
  }

  private static List<StackConfig> stacks(Section export) throws ConfigException {
    List<StackConfig> stacks = new ArrayList<>();
    for (Section section : export.sections("stacks")) {
      String counts = section.required("counts", "the map that counts by stack id");
      stacks.add(
          new StackConfig(
              counts,
              section.required("stacks", "the stack-trace map that the ids are of"),
              section.text("name", counts),
              section.text("unit", "count")));
      section.close();
    }
    return stacks;
  }

  private static Map<String, String> attributes(Section section) throws ConfigException {
    return section.section("attributes").entries();
  }
}
