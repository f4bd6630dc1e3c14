package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "dump",
    description = "Write what the flight recorders of a session hold to their files.")
final class DumpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private SessionRequest target;

  @Override
  public Integer call() throws Exception {
    JsonNode answer = target.send("dump");
    PrintWriter out = spec.commandLine().getOut();
    if (target.json()) {
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
