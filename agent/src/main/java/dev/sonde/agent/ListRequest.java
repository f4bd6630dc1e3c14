package dev.sonde.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.agent.control.ControlConnection.Progress;
import dev.sonde.agent.session.SessionException;
import dev.sonde.probes.AttachException;
import dev.sonde.probes.ProbeGlob;
import dev.sonde.probes.jfr.JfrLayout;
import dev.sonde.probes.jfr.JfrTypes;
import dev.sonde.probes.method.MethodPoints;
import java.lang.instrument.Instrumentation;
import jdk.jfr.EventType;

/**
 * The probe points of this JVM that only it knows: methods and JFR events. They travel in lines of
 * {@code {"probes":[...]}}, so that a long list begins at once.
 */
final class ListRequest {
  private static final int A_LINE = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Instrumentation instrumentation;
  private final Progress progress;
  private ArrayNode points = JSON.createArrayNode();
  private boolean heard = true;

  ListRequest(Instrumentation instrumentation, Progress progress) {
    this.instrumentation = instrumentation;
    this.progress = progress;
  }

  void list(ProbeGlob glob) {
    if (glob.mayMatch("method/")) {
      MethodPoints.forEach(instrumentation, glob, this::add);
    }
    if (glob.mayMatch("jfr/")) {
      listEvents(glob);
    }
    send();
  }

  private void listEvents(ProbeGlob glob) {
    try {
      JfrTypes.all().stream()
          .map(type -> "jfr/" + type.getName())
          .filter(glob::matches)
          .forEach(this::add);
    } catch (AttachException | NoClassDefFoundError noFlightRecorder) {
      // then there are none; attaching to one says why
    }
  }

  private void add(String point) {
    points.add(point);
    if (points.size() == A_LINE) {
      send();
    }
  }

  private void send() {
    if (heard && !points.isEmpty()) {
      ObjectNode line = JSON.createObjectNode();
      line.set("probes", points);
      heard = progress.send(line);
    }
    points = JSON.createArrayNode();
  }

  /** Puts the C struct of an event's context into the answer. */
  static void header(JsonNode request, ObjectNode answer) throws SessionException {
    String event = request.path("event").asText();
    try {
      EventType type =
          JfrTypes.find(event)
              .orElseThrow(
                  () ->
                      new SessionException(
                          "header: event %s: this JVM has none of that name: sonde list PID 'jfr/*' shows all"
                              .formatted(event)));
      answer.put("header", JfrLayout.of(type).header());
    } catch (AttachException e) {
      throw new SessionException(e.getMessage());
    }
  }
}
