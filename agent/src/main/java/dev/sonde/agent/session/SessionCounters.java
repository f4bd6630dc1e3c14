package dev.sonde.agent.session;

import dev.sonde.exporters.ExportPipeline;
import dev.sonde.exporters.signal.ExportCounters;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Every place where a session can lose an event, and what has left it. */
final class SessionCounters {
  private final List<AttachmentStatus> probes;
  private final @Nullable ExportCounters exports;
  private final List<SessionStatus.EventMapStatus> maps;

  SessionCounters(
      @Nullable ExportPipeline pipeline,
      @Nullable Link link,
      List<SessionStatus.EventMapStatus> maps) {
    this.maps = maps;
    probes = link == null ? List.of() : link.status();
    exports = pipeline == null ? null : pipeline.counters();
  }

  Map<String, Long> losses() {
    Map<String, Long> losses = new LinkedHashMap<>();
    losses.put("recursion", sum(AttachmentStatus::recursionMisses));
    losses.put("limits", sum(AttachmentStatus::limited));
    losses.put("kernel rings full", sum(AttachmentStatus::lost));
    losses.put("failed runs", sum(AttachmentStatus::errors));
    for (SessionStatus.EventMapStatus map : maps) {
      map.losses().forEach((reason, count) -> losses.merge(reason, count, Long::sum));
    }
    if (exports != null) {
      losses.put("export queue", exports.dropped());
      losses.put("failed exports", exports.failures());
    }
    return losses;
  }

  Map<String, Long> exports() {
    Map<String, Long> sent = new LinkedHashMap<>();
    sent.put("runs", sum(AttachmentStatus::runCount));
    if (exports != null) {
      sent.put("records read", exports.events());
      sent.put("metric points", exports.metricPointsSent());
      sent.put("log records", exports.logRecordsSent());
    }
    return sent;
  }

  long probesSwitchedOff() {
    return probes.stream().filter(probe -> !probe.disabled().isEmpty()).count();
  }

  private long sum(ToLongFunction<AttachmentStatus> counter) {
    return probes.stream().mapToLong(counter).sum();
  }
}
