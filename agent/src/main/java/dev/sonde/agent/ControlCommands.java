package dev.sonde.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.ConfigException;
import dev.sonde.agent.config.ConfigReader;
import dev.sonde.agent.control.ControlConnection.Progress;
import dev.sonde.agent.session.AgentLog;
import dev.sonde.agent.session.SessionException;
import dev.sonde.agent.session.SessionStatus;
import dev.sonde.agent.session.Sessions;
import dev.sonde.agent.session.TracingSession;
import dev.sonde.exporters.stream.FlightRecorder;
import dev.sonde.probes.ProbeGlob;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the command line may ask of an agent, by the request's {@code command}. */
final class ControlCommands {
  private final Instrumentation instrumentation;
  private final Sessions sessions;
  private final AgentLog log;

  ControlCommands(Instrumentation instrumentation, Sessions sessions, AgentLog log) {
    this.instrumentation = instrumentation;
    this.sessions = sessions;
    this.log = log;
  }

  void handle(JsonNode request, ObjectNode answer, Progress progress)
      throws ConfigException, SessionException {
    String command = request.path("command").asText();
    switch (command) {
      case "attach" -> attach(request, answer);
      case "detach" -> detach(request, answer);
      case "replace" -> replace(request, answer);
      case "status" -> status(request, answer);
      case "map" -> map(request, answer);
      case "dump" -> dump(request, answer);
      case "trace" -> trace(request, answer, progress);
      case "list" ->
          new ListRequest(instrumentation, progress)
              .list(ProbeGlob.of(request.path("glob").asText("*")));
      case "run" -> new RunRequest(sessions, progress).run(request, answer);
      case "header" -> ListRequest.header(request, answer);
      default ->
          throw new SessionException(
              "control: got command \"%s\", want attach, detach, replace, status, map, dump, list, run or header: is the agent in the JVM"
                      .formatted(command)
                  + " of another version?");
    }
  }

  private void attach(JsonNode request, ObjectNode answer)
      throws ConfigException, SessionException {
    AgentConfig config = ConfigReader.read(Path.of(request.path("config").asText()));
    log.setLevel(config.log());
    TracingSession session = sessions.open(config);
    answer.set("session", SessionJson.of(session.status()));
  }

  private void detach(JsonNode request, ObjectNode answer) throws SessionException {
    ArrayNode closed = answer.putArray("sessions");
    for (SessionStatus status : sessions.close(request.path("session").asText(""))) {
      closed.add(SessionJson.of(status));
    }
  }

  private void replace(JsonNode request, ObjectNode answer) throws SessionException {
    ArrayNode replaced = answer.putArray("replaced");
    Path file = Path.of(request.path("file").asText());
    String name = request.path("name").asText();
    sessions.replace(request.path("session").asText(""), file, name).forEach(replaced::add);
  }

  private static void trace(JsonNode request, ObjectNode answer, Progress progress)
      throws SessionException {
    int seconds = request.path("seconds").asInt();
    long nanos = seconds == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(seconds);
    try {
      answer.put("lost", new TraceRequest(progress).follow(nanos));
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
      throw new SessionException("trace: the JVM is ending");
    }
  }

  private void map(JsonNode request, ObjectNode answer) throws SessionException {
    MapRequest work = new MapRequest(request);
    JsonNode result =
        sessions.onMap(
            request.path("session").asText(""), request.path("map").asText(), work::apply);
    answer.set("map", result);
  }

  private void dump(JsonNode request, ObjectNode answer) throws SessionException {
    ArrayNode dumps = answer.putArray("dumps");
    for (FlightRecorder.Dump dump : sessions.dump(request.path("session").asText(""))) {
      dumps
          .addObject()
          .put("name", dump.name())
          .put("file", dump.file().toString())
          .put("records", dump.records());
    }
  }

  private void status(JsonNode request, ObjectNode answer) {
    ArrayNode all = answer.putArray("sessions");
    List<TracingSession> open = sessions.open();
    open.forEach(session -> all.add(SessionJson.of(session.status())));
  }
}
