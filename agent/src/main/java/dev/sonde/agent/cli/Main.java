package dev.sonde.agent.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;

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
      ReplaceCommand.class,
      ListCommand.class,
      HeaderCommand.class,
      RunCommand.class,
      StatusCommand.class,
      TopCommand.class,
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
    CommandLine commands = new CommandLine(new Main());
    addHelp(commands);
    return commands
        .setOut(new PrintWriter(System.out, true)) // whose checkError sees that nobody reads
        .setExecutionExceptionHandler(Main::failed)
        .setParameterExceptionHandler(Main::misused)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(args);
  }

  /** Every command has --help. */
  private static void addHelp(CommandLine parent) {
    for (CommandLine command : parent.getSubcommands().values()) {
      if (command.getCommandSpec().findOption("--help") == null) {
        command
            .getCommandSpec()
            .addOption(
                OptionSpec.builder("--help")
                    .usageHelp(true)
                    .description("Show this help and end.")
                    .build());
      }
      addHelp(command);
    }
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    command.getErr().println("sonde: " + reason(failure));
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The JDK's file exceptions say no more than the file. */
  private static String reason(Exception failure) {
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file or folder";
    }
    if (failure instanceof AccessDeniedException denied) {
      return denied.getFile() + ": no permission: run as its owner or as root";
    }
    if (failure instanceof FileSystemException file && file.getReason() == null) {
      return file.getFile() + ": " + failure.getClass().getSimpleName();
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private static int misused(CommandLine.ParameterException misuse, String[] args) {
    CommandLine command = misuse.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String where = name.equals("sonde") ? "" : name.substring("sonde ".length()) + ": ";
    command
        .getErr()
        .println("sonde: %s%s: see %s --help".formatted(where, misuse.getMessage(), name));
    return CommandLine.ExitCode.USAGE;
  }
}
