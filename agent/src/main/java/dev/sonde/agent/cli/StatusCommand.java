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
    name = "status",
    description = "Show the sessions of a JVM: programs, runs, events lost and why.")
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PID", description = "The traced JVM.")
  private long pid;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Map<String, String> request = Map.of("command", "status");
    JsonNode answer = new ControlClient(pid, AgentJar.path()).send(request, line -> {});
    SessionPrinter printer = new SessionPrinter(spec.commandLine().getOut());
    if (json) {
      printer.json(answer);
    } else {
      printer.status(pid, answer.path("sessions"));
    }
    return 0;
  }
}
