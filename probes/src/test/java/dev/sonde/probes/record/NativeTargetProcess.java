package dev.sonde.probes.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The small C program of {@code native/target.c}, built for the test, which counts by itself. */
final class NativeTargetProcess implements AutoCloseable {
  private static Path binary;

  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;

  private NativeTargetProcess(Process process) throws IOException {
    this.process = process;
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = process.outputWriter(StandardCharsets.UTF_8);
    assertTrue(answers.readLine().startsWith("ready"));
  }

  static NativeTargetProcess start() throws IOException {
    return new NativeTargetProcess(new ProcessBuilder(binary().toString()).start());
  }

  /** Builds it once; without a C compiler the test is skipped. */
  static synchronized Path binary() throws IOException {
    if (binary == null) {
      Path folder = Files.createTempDirectory("sonde-native");
      Path source = folder.resolve("target.c");
      Path built = folder.resolve("sonde-target");
      try (var in = NativeTargetProcess.class.getResourceAsStream("/native/target.c")) {
        Files.write(source, in.readAllBytes());
      }
      assumeTrue(compile(source, built), "no C compiler here: native probes on C are not tested");
      binary = built;
    }
    return binary;
  }

  private static boolean compile(Path source, Path built) {
    try {
      Process gcc =
          new ProcessBuilder(
                  List.of(
                      "gcc",
                      "-O2",
                      "-g",
                      "-pthread",
                      "-mno-red-zone",
                      "-o",
                      built.toString(),
                      source.toString()))
              .redirectErrorStream(true)
              .start();
      String out = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, gcc.waitFor(), out);
      return true;
    } catch (IOException noCompiler) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  int pid() {
    return (int) process.pid();
  }

  /** Gives a command; returns the number of its answer. */
  long run(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
    String answer = answers.readLine();
    return Long.parseLong(answer.substring(answer.indexOf(' ') + 1));
  }

  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.getInputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
