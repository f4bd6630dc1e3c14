package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "dump",
    description = "Write what the flight recorders of a session hold to their files.")
final class DumpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "PID", description = "The traced JVM.")
  private long pid;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "SESSION",
      description = "The session's name; the only one if it is left out.")
  private String session;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Map<String, String> request = Map.of("command", "dump", "session", session);
    JsonNode answer = new ControlClient(pid, AgentJar.path()).send(request, line -> {});
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      for (JsonNode dump : answer.path("dumps")) {
        out.printf(
            "%s: %,d records in %s%n",
            dump.path("name").asText(), dump.path("records").asInt(), dump.path("file").asText());
      }
    }
    out.flush();
    return 0;
  }
}
