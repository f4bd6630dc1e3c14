package dev.sonde.agent.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The command line: {@code java -jar sonde.jar COMMAND}, or {@code ./sonde COMMAND}. */
@Command(
    name = "sonde",
    description = "eBPF tracing for the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      HelpCommand.class,
      AttachCommand.class,
      DetachCommand.class,
      ListCommand.class,
      StatusCommand.class,
      FlameCommand.class,
      RecordCommand.class,
      MapCommand.class,
      DumpCommand.class,
      RingCommand.class,
      TraceCommand.class,
      ProgCommand.class,
      ConformanceCommand.class,
      FeatureCommand.class
    })
public final class Main {
  private Main() {}

  /** Exit codes: 0 done, 1 the operation failed, 2 wrong usage. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(Main::failed)
        .setParameterExceptionHandler(Main::misused)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(args);
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    command.getErr().println("sonde: " + message);
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static int misused(CommandLine.ParameterException misuse, String[] args) {
    CommandLine command = misuse.getCommandLine();
    command
        .getErr()
        .println(
            "sonde: %s: %s: see sonde help %s"
                .formatted(
                    command.getCommandName(), misuse.getMessage(), command.getCommandName()));
    return CommandLine.ExitCode.USAGE;
  }
}
