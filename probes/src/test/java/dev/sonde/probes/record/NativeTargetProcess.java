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
import org.jspecify.annotations.Nullable;

/**
 * The small C program of {@code native/target.c}, or the C++ one of {@code shapes.cpp}, built for
 * the test, which counts by itself.
 */
final class NativeTargetProcess implements AutoCloseable {
  private static Path binary;
  private static Path shapes;

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
    return start(binary());
  }

  static NativeTargetProcess start(Path program) throws IOException {
    return new NativeTargetProcess(new ProcessBuilder(program.toString()).start());
  }

  /** Builds it once; without a C compiler the test is skipped. */
  static synchronized Path binary() throws IOException {
    if (binary == null) {
      Path built = build("target.c", "sonde-target", "gcc");
      assumeTrue(built != null, "no C compiler here: native probes on C are not tested");
      binary = built;
    }
    return binary;
  }

  /** Builds the C++ program once; without a C++ compiler the test is skipped. */
  static synchronized Path shapes() throws IOException {
    if (shapes == null) {
      Path built = build("shapes.cpp", "sonde-shapes", "g++");
      built = built != null ? built : build("shapes.cpp", "sonde-shapes", "clang++");
      assumeTrue(built != null, "no g++, no clang++ here: native probes on C++ are not tested");
      shapes = built;
    }
    return shapes;
  }

  private static @Nullable Path build(String name, String program, String compiler)
      throws IOException {
    Path folder = Files.createTempDirectory("sonde-native");
    Path source = folder.resolve(name);
    Path built = folder.resolve(program);
    try (var in = NativeTargetProcess.class.getResourceAsStream("/native/" + name)) {
      Files.write(source, in.readAllBytes());
    }
    return compile(compiler, source, built) ? built : null;
  }

  private static boolean compile(String compiler, Path source, Path built) {
    try {
      Process run =
          new ProcessBuilder(
                  List.of(
                      compiler,
                      "-O2",
                      "-g",
                      "-pthread",
                      "-mno-red-zone",
                      "-o",
                      built.toString(),
                      source.toString()))
              .redirectErrorStream(true)
              .start();
      String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, run.waitFor(), out);
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
