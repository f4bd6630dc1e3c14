package dev.sonde.agent.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "flame",
    description = "Draw a flame graph of a process: Java, native and kernel frames together.")
final class FlameCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RecordOptions options;

  @Option(
      names = {"-o", "--output"},
      defaultValue = "flame.html",
      paramLabel = "FILE",
      description = "The page. Default: ${DEFAULT-VALUE}.")
  private Path output;

  @Override
  public Integer call() throws Exception {
    return options.record(output, spec.commandLine().getOut(), spec.commandLine().getErr());
  }
}
