package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code detach} and {@code dump} are told: of which session of which JVM. */
final class SessionRequest {
  @Parameters(index = "0", paramLabel = "PID", description = "The traced JVM.")
  private long pid;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "SESSION",
      description = "The session's name. Left out: all of them (detach), the only one (dump).")
  private String session = "";

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  boolean json() {
    return json;
  }

  JsonNode send(String command) throws IOException {
    Map<String, String> request = Map.of("command", command, "session", session);
    return new ControlClient(pid, AgentJar.path()).send(request, line -> {});
  }
}
