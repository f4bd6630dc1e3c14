package dev.sonde.agent.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "prog",
    description = "Work on programs without attaching them.",
    subcommands = {ProgVerifyCommand.class, ProgRunCommand.class, ProgDumpCommand.class})
final class ProgCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a subcommand is missing, want one of " + spec.subcommands().keySet());
  }
}
