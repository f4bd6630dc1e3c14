package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import dev.sonde.agent.control.SharedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "replace",
    description = {
      "Put the programs of a later build of an object in the place of those that run. They stay attached",
      "where they are, no event is lost or seen twice, and maps go on with what they hold."
    },
    footer = {"", "Example:", "  sonde replace 4711 build/orders.bpf.o"})
final class ReplaceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "PID", description = "The traced JVM.")
  private String pid = "";

  @Parameters(
      index = "1",
      paramLabel = "OBJ",
      description =
          "The later build; known by its file's name where a session has several objects.")
  private Path file;

  @Option(
      names = {"-s", "--session"},
      defaultValue = "",
      paramLabel = "SESSION",
      description = "The session's name, where there are several.")
  private String session;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Objects.requireExists(file);
    ControlClient client = new ControlClient(Pids.parse(spec, pid), AgentJar.path());
    try (SharedFile shared = client.share(file)) {
      Map<String, String> request =
          Map.of(
              "command",
              "replace",
              "session",
              session,
              "name",
              file.getFileName().toString(),
              "file",
              shared.inside().toString());
      print(client.send(request, line -> {}));
    }
    return 0;
  }

  private void print(JsonNode answer) {
    if (json) {
      new SessionPrinter(spec.commandLine().getOut()).json(answer);
      return;
    }
    answer
        .path("replaced")
        .forEach(name -> spec.commandLine().getOut().println("replaced " + name.asText()));
  }
}
