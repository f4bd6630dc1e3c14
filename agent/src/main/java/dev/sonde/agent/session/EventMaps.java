package dev.sonde.agent.session;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.EventMap;
import dev.sonde.vm.map.EventMap.EventCounts;
import dev.sonde.vm.map.LossReason;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What became of the events of each ring and perf event array of a session. */
final class EventMaps {
  private EventMaps() {}

  static List<SessionStatus.EventMapStatus> status(List<LoadedObject> objects) {
    Set<BpfMap> maps = new LinkedHashSet<>(); // a pinned map is of several objects
    for (LoadedObject object : objects) {
      object.builds().forEach(build -> maps.addAll(build.maps().values()));
    }
    return maps.stream().filter(EventMap.class::isInstance).map(EventMaps::status).toList();
  }

  private static SessionStatus.EventMapStatus status(BpfMap map) {
    EventMap events = (EventMap) map;
    EventCounts counts = events.counts();
    Map<String, Long> outcomes = new LinkedHashMap<>();
    outcomes.put("read", counts.consumed());
    outcomes.put("discarded", counts.discarded());
    outcomes.put("overwritten", counts.overwritten());
    Map<String, Long> losses = new LinkedHashMap<>();
    for (Map.Entry<LossReason, Long> loss : events.losses().entrySet()) {
      losses.put(loss.getKey().label(), loss.getValue());
    }
    losses.put("never committed", counts.abandoned());
    return new SessionStatus.EventMapStatus(
        map.spec().name(), map.spec().type().name(), outcomes, losses);
  }
}
