package dev.sonde.agent.cli;

import dev.sonde.vm.interp.ConformanceRunner;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "conformance",
    description =
        "Run bpf_conformance cases: a directory, many lines, or one program in hex on stdin.")
final class ConformanceCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      defaultValue = "",
      paramLabel = "MEMHEX",
      description = "The memory that r1 points to.")
  private String memory;

  @Option(names = "--dir", paramLabel = "DIR", description = "Run every *.data file of DIR.")
  private @Nullable Path directory;

  @Option(
      names = "--batch",
      description = "Read lines 'NAME MEMHEX|- PROGHEX' and answer each in order.")
  private boolean batch;

  @Option(
      names = "--engine",
      defaultValue = "INTERP",
      paramLabel = "jit|interp",
      description = "What runs the programs, with bounds checks.")
  private EngineName engine;

  @Override
  public Integer call() throws IOException {
    ConformanceRunner runner = new ConformanceRunner(engine.conformance());
    PrintStream out = System.out;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    if (directory != null) {
      return runner.runDirectory(directory, out) == 0 ? 0 : 1;
    }
    if (batch) {
      runner.runBatch(in.lines(), out);
      return 0;
    }
    out.println(runner.runHex("program", readAll(in), memory));
    return 0;
  }

  private static String readAll(BufferedReader in) {
    StringBuilder text = new StringBuilder();
    in.lines().forEach(text::append);
    return text.toString().replaceAll("\\s", "");
  }
}
