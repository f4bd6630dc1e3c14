package dev.sonde.agent.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Process ids as users write them. */
final class Pids {
  private Pids() {}

  /** Returns the id, or says that it is none. */
  static long parse(CommandSpec spec, String text) {
    if (!text.matches("[1-9][0-9]{0,17}")) {
      throw new ParameterException(
          spec.commandLine(), "PID: got \"%s\", want a process id: sonde list".formatted(text));
    }
    return Long.parseLong(text);
  }
}
