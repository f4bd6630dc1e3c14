package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "detach",
    description = "Close a session, or all sessions, and restore the traced methods.")
final class DetachCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private SessionRequest target;

  @Override
  public Integer call() throws Exception {
    JsonNode answer = target.send("detach");
    SessionPrinter printer = new SessionPrinter(spec.commandLine().getOut());
    if (target.json()) {
      printer.json(answer);
    } else {
      answer.path("sessions").forEach(printer::detached);
    }
    return 0;
  }
}
