package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "detach",
    description = "Close a session, or all sessions, and restore the traced methods.")
final class DetachCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "PID", description = "The traced JVM.")
  private long pid;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "SESSION",
      description = "The session's name; all if it is left out.")
  private String session;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Map<String, String> request = Map.of("command", "detach", "session", session);
    JsonNode answer = new ControlClient(pid, AgentJar.path()).send(request, line -> {});
    SessionPrinter printer = new SessionPrinter(spec.commandLine().getOut());
    if (json) {
      printer.json(answer);
    } else {
      answer.path("sessions").forEach(printer::detached);
    }
    return 0;
  }
}
