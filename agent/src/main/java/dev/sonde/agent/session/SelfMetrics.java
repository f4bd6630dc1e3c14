package dev.sonde.agent.session;

import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A session's own counters as metrics: losses show where the data shows. */
final class SelfMetrics {
  private SelfMetrics() {}

  /**
   * @param losses of the session, by reason
   * @param maps what became of the events of each ring and perf event array
   * @param interpreted how many programs are interpreted that were to be compiled
   * @param switchedOff how many probes took more than their share of a CPU
   */
  static List<Metric> of(
      Map<String, Long> losses,
      List<SessionStatus.EventMapStatus> maps,
      long interpreted,
      long switchedOff) {
    List<Metric.Point> lost = new ArrayList<>();
    losses.forEach((reason, count) -> lost.add(number(Map.of("reason", reason), count)));
    List<Metric.Point> events = new ArrayList<>();
    for (SessionStatus.EventMapStatus map : maps) {
      map.outcomes()
          .forEach((outcome, count) -> events.add(ofMap(map.name(), "outcome", outcome, count)));
      map.losses()
          .forEach((reason, count) -> events.add(ofMap(map.name(), "outcome", reason, count)));
    }
    return List.of(
        counter("sonde.events.lost", "Events lost, by the place where they were", lost),
        counter("sonde.map.events", "Events written to rings, by what became of them", events),
        gauge(
            "sonde.programs.interpreted",
            "Programs that are interpreted though they were to be compiled",
            "{program}",
            interpreted),
        gauge(
            "sonde.probes.off",
            "Probes that were switched off for what they cost",
            "{probe}",
            switchedOff));
  }

  private static Metric gauge(String name, String description, String unit, long value) {
    return new Metric(name, description, unit, MetricKind.GAUGE, List.of(number(Map.of(), value)));
  }

  private static Metric.Point ofMap(String map, String key, String value, long count) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("map", map);
    attributes.put(key, value);
    return number(attributes, count);
  }

  private static Metric.Point number(Map<String, Object> attributes, long count) {
    return new Metric.Point.Number(attributes, count);
  }

  private static Metric counter(String name, String description, List<Metric.Point> points) {
    return new Metric(name, description, "{event}", MetricKind.COUNTER, points);
  }
}
