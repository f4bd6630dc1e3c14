package dev.sonde.agent.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "record",
    description = "Profile a process: stacks of Java, native and kernel frames into a file.")
final class RecordCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RecordOptions options;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The suffix picks the format: .html, .collapsed, .pb.gz, .json (speedscope).")
  private Path output;

  @Override
  public Integer call() throws Exception {
    return options.record(output, spec.commandLine().getOut(), spec.commandLine().getErr());
  }
}
