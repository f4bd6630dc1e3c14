package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "attach", description = "Load the agent into a running JVM and start a session.")
final class AttachCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PID", description = "The JVM to trace.")
  private long pid;

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The session's YAML file.")
  private Path config;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Map<String, String> request =
        Map.of("command", "attach", "config", config.toAbsolutePath().toString());
    JsonNode answer = new ControlClient(pid, AgentJar.path()).send(request, line -> {});
    SessionPrinter printer = new SessionPrinter(spec.commandLine().getOut());
    if (json) {
      printer.json(answer);
    } else {
      printer.attached(answer.path("session"));
    }
    return 0;
  }
}
