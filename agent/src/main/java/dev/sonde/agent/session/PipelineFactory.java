package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.AgentConfig.Console;
import dev.sonde.agent.config.AgentConfig.ExportConfig;
import dev.sonde.agent.config.AgentConfig.MetricConfig;
import dev.sonde.agent.config.AgentConfig.OtlpConfig;
import dev.sonde.agent.config.AgentConfig.PrometheusConfig;
import dev.sonde.agent.config.AgentConfig.RecordConfig;
import dev.sonde.agent.config.AgentConfig.RecorderConfig;
import dev.sonde.agent.config.AgentConfig.StackConfig;
import dev.sonde.exporters.ExportPipeline;
import dev.sonde.exporters.ExportPipelineBuilder;
import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.stream.DumpFeed;
import dev.sonde.exporters.stream.MetricSource;
import dev.sonde.exporters.stream.PerfFeed;
import dev.sonde.exporters.stream.RecordFeed;
import dev.sonde.exporters.stream.RecordSource;
import dev.sonde.exporters.stream.RingFeed;
import dev.sonde.exporters.stream.StackCountSource;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.PerfEventArrayMap;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.stacktrace.FrameTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Builds a session's way out from its configuration and its live maps. */
final class PipelineFactory {
  private final AgentConfig config;
  private final AgentLog log;
  private final SessionMaps maps;

  PipelineFactory(AgentConfig config, List<LoadedObject> objects, AgentLog log) {
    this.config = config;
    this.log = log;
    this.maps = SessionMaps.of(config.session(), objects);
  }

  ExportPipeline create(FrameTable frames, MetricReading selfMetrics) throws SessionException {
    ExportConfig export = config.export();
    ExportPipelineBuilder builder =
        ExportPipeline.builder(new Log())
            .symbols(frames, NativeNames.ofThisProcess())
            .interval(Duration.ofNanos(export.intervalNanos()));
    for (MetricConfig metric : export.metrics()) {
      builder.metric(metric(metric));
    }
    for (RecordConfig record : export.records()) {
      builder.records(records(record));
    }
    for (StackConfig stack : export.stacks()) {
      builder.stacks(stacks(stack));
    }
    for (RecorderConfig recorder : export.recorders()) {
      builder.recorder(recorder(recorder.record()), recorder.file());
    }
    builder.selfMetrics(selfMetrics);
    addSinks(builder, export);
    return builder.build();
  }

  private void addSinks(ExportPipelineBuilder builder, ExportConfig export)
      throws SessionException {
    if (export.console() != Console.OFF) {
      builder.console(System.err, export.console() == Console.LIVE);
    }
    for (Path file : export.files()) {
      try {
        builder.profileFile(file);
      } catch (IllegalArgumentException e) {
        throw new SessionException("export.files: " + e.getMessage(), e);
      }
    }
    if (config.serviceName() != null) {
      builder.resource("service.name", config.serviceName());
    }
    PrometheusConfig prometheus = export.prometheus();
    if (prometheus != null) {
      builder.prometheus(prometheus.host(), prometheus.port());
    }
    OtlpConfig otlp = export.otlp();
    if (otlp != null) {
      String endpoint = otlp.endpoint();
      builder.otlp(endpoint == null ? Map.of() : Map.of("otel.exporter.otlp.endpoint", endpoint));
    }
  }

  private MetricSource metric(MetricConfig metric) throws SessionException {
    SessionMaps.Owned owned = find("export.metrics", metric.map());
    return new MetricSource(
        metric.name(),
        metric.description(),
        metric.unit(),
        metric.kind(),
        owned.map(),
        owned.btf(),
        metric.attributes());
  }

  private RecordSource records(RecordConfig record) throws SessionException {
    SessionMaps.Owned owned = find("export.records", record.map());
    return source("export.records", record, owned, feed(record, owned.map()));
  }

  private RecordFeed feed(RecordConfig record, BpfMap map) throws SessionException {
    if (map instanceof RingbufMap ring && !ring.keepsNewest() && !ring.isReadElsewhere()) {
      return new RingFeed(ring);
    }
    if (map instanceof PerfEventArrayMap lanes && !lanes.keepsNewest()) {
      MapStorage.openForReading(lanes);
      return new PerfFeed(lanes);
    }
    boolean elsewhere = map instanceof RingbufMap ring && ring.isReadElsewhere();
    throw new SessionException(
        "export.records: map \"%s\": got %s, want a RINGBUF or a PERF_EVENT_ARRAY%s"
            .formatted(
                record.map(),
                elsewhere ? "a ring in a file" : map.spec().type() + overwriting(map),
                elsewhere
                    ? " in this JVM: read the file with \"sonde ring cat\""
                    : " that does not overwrite: export.recorders is for those that do"));
  }

  private static String overwriting(BpfMap map) {
    boolean ring = map instanceof RingbufMap r && r.keepsNewest();
    boolean lanes = map instanceof PerfEventArrayMap p && p.keepsNewest();
    return ring || lanes ? " with overwrite: true" : "";
  }

  private RecordSource recorder(RecordConfig record) throws SessionException {
    SessionMaps.Owned owned = find("export.recorders", record.map());
    if (owned.map() instanceof RingbufMap ring && ring.keepsNewest()) {
      return source("export.recorders", record, owned, DumpFeed.of(ring));
    }
    if (owned.map() instanceof PerfEventArrayMap lanes && lanes.keepsNewest()) {
      return source("export.recorders", record, owned, DumpFeed.of(lanes));
    }
    throw new SessionException(
        "export.recorders: map \"%s\": got %s, want one with \"overwrite: true\" under its object's maps"
            .formatted(record.map(), owned.map().spec().type()));
  }

  private RecordSource source(
      String where, RecordConfig record, SessionMaps.Owned owned, RecordFeed feed)
      throws SessionException {
    String stacks = record.stacks();
    return new RecordSource(
        record.name(),
        feed,
        btf(owned, where, record.map()),
        recordType(owned, where, record),
        record.attributes(),
        stacks == null ? null : find(where, stacks).map());
  }

  private static Btf btf(SessionMaps.Owned owned, String where, String map)
      throws SessionException {
    if (owned.btf() == null) {
      throw new SessionException(
          "%s: map \"%s\": its object has no BTF, want one compiled with -g".formatted(where, map));
    }
    return owned.btf();
  }

  private static int recordType(SessionMaps.Owned owned, String where, RecordConfig record)
      throws SessionException {
    OptionalInt type = btf(owned, where, record.map()).find(record.type(), BtfType.Struct.class);
    if (type.isEmpty()) {
      throw new SessionException(
          "%s: map \"%s\": no struct \"%s\" in the object's BTF: declare a pointer to it"
                  .formatted(where, record.map(), record.type())
              + " that clang keeps, as examples/programs/slowsql.bpf.c does");
    }
    return type.getAsInt();
  }

  private StackCountSource stacks(StackConfig stack) throws SessionException {
    SessionMaps.Owned counts = find("export.stacks", stack.counts());
    BpfMap stacks = find("export.stacks", stack.stacks()).map();
    boolean counted = !stack.unit().equals("ns") && !stack.unit().equals("By");
    return new StackCountSource(
        stack.name(),
        counted ? stack.unit() : "samples", // what is counted, or what the measured unit is of
        counted ? "count" : stack.unit(),
        counts.map(),
        stacks,
        counts.btf());
  }

  private SessionMaps.Owned find(String where, String name) throws SessionException {
    try {
      return maps.find(name);
    } catch (SessionException e) {
      throw new SessionException(where + ": " + e.getMessage(), e);
    }
  }

  /** The pipeline's messages in the agent's log. */
  private final class Log implements ExportLog {
    @Override
    public void info(String message) {
      log.info(message);
    }

    @Override
    public void warn(String message) {
      log.warn(message);
    }
  }
}
