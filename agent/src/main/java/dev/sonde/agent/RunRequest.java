package dev.sonde.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.ConfigException;
import dev.sonde.agent.config.ConfigReader;
import dev.sonde.agent.control.ControlConnection.Progress;
import dev.sonde.agent.session.LiveView;
import dev.sonde.agent.session.SessionException;
import dev.sonde.agent.session.Sessions;
import dev.sonde.agent.session.TracingSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A session that lives as long as somebody watches: {@code sonde run}. Records go out as they come,
 * maps once a second where they changed; the answer has both as they are at the end. When the other
 * end goes away, the session is closed.
 */
final class RunRequest {
  private static final long POLL_NANOS = 50_000_000;
  private static final long MAPS_NANOS = 1_000_000_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Sessions sessions;
  private final Progress progress;

  RunRequest(Sessions sessions, Progress progress) {
    this.sessions = sessions;
    this.progress = progress;
  }

  void run(JsonNode request, ObjectNode answer) throws ConfigException, SessionException {
    Path file = Path.of(request.path("file").asText());
    AgentConfig config = ConfigReader.parse(file, request.path("config").asText());
    TracingSession session = sessions.open(config);
    progress.send(line("session", SessionJson.of(session.status())));
    watch(session, request.path("duration_ns").asLong(Long.MAX_VALUE));
    List<ObjectNode> last = new ArrayList<>();
    sessions.ifOpen(session, () -> end(session, answer, last));
    last.forEach(progress::send);
    answer.set("session", SessionJson.of(session.status()));
  }

  /** What is still in the rings when the programs are detached is all there will be. */
  private void end(TracingSession session, ObjectNode answer, List<ObjectNode> last) {
    session.detach();
    addRecords(session.view(), last);
    answer.set("maps", json(session.view().maps()));
    try {
      sessions.close(session.name());
    } catch (SessionException closedAlready) {
      throw new IllegalStateException(closedAlready); // we hold the sessions
    }
  }

  /** Lines are collected while the session is held open and sent after: a reader may be slow. */
  private void watch(TracingSession session, long durationNanos) {
    long start = System.nanoTime();
    long lastMaps = start;
    JsonNode shown = JSON.createObjectNode();
    boolean open = true;
    while (open && !progress.stopped() && System.nanoTime() - start < durationNanos) {
      List<ObjectNode> lines = new ArrayList<>();
      boolean withMaps = System.nanoTime() - lastMaps >= MAPS_NANOS;
      open = sessions.ifOpen(session, () -> collect(session.view(), withMaps, lines));
      for (ObjectNode line : lines) {
        if (!line.has("maps") || !line.equals(shown)) {
          progress.send(line);
          shown = line.has("maps") ? line : shown;
        }
      }
      lastMaps = withMaps ? System.nanoTime() : lastMaps;
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static void collect(LiveView view, boolean withMaps, List<ObjectNode> lines) {
    addRecords(view, lines);
    if (withMaps) {
      lines.add(line("maps", json(view.maps())));
    }
  }

  private static void addRecords(LiveView view, List<ObjectNode> lines) {
    ArrayNode records = JSON.createArrayNode();
    view.drain(
        (map, fields) -> {
          ObjectNode record = records.addObject().put("map", map);
          record.set("record", JSON.valueToTree(fields));
        });
    if (!records.isEmpty()) {
      lines.add(line("records", records));
    }
  }

  private static ObjectNode line(String name, JsonNode content) {
    ObjectNode line = JSON.createObjectNode();
    line.set(name, content);
    return line;
  }

  private static ObjectNode json(Map<String, List<LiveView.Element>> maps) {
    ObjectNode node = JSON.createObjectNode();
    maps.forEach(
        (name, elements) -> {
          ArrayNode array = node.putArray(name);
          for (LiveView.Element element : elements) {
            ObjectNode one = array.addObject();
            one.set("key", JSON.valueToTree(element.key()));
            one.set("value", JSON.valueToTree(element.value()));
          }
        });
    return node;
  }
}
