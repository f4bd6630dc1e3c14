package dev.sonde.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line, as a process of its own: {@code java -jar sonde.jar ...}. */
final class Sonde {
  private Sonde() {}

  record Result(int exitCode, String out, String err) {}

  static Result run(Object... arguments) throws IOException, InterruptedException {
    return runWith(List.of(), ChildJvm.JAR, arguments);
  }

  /** Runs {@code jar} behind a command such as setpriv. */
  static Result runWith(List<String> prefix, Path jar, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-jar", jar.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process = new ProcessBuilder(command).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("sonde " + List.of(arguments) + ": still running after 60 s");
    }
    return new Result(process.exitValue(), out, err);
  }
}
