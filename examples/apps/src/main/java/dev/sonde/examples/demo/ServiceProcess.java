package dev.sonde.examples.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The order service in a JVM of its own, steered through its stdin and stdout. */
final class ServiceProcess implements AutoCloseable {
  private static final long ANSWER_SECONDS = 60;
  private static final String END = "<end of output>";

  /**
   * What one run did.
   *
   * @param cpuSeconds of the whole JVM, clients, compilers and collector included
   * @param compileSeconds what its compilers took since the end of its run before this one
   */
  record Run(double seconds, long statements, double cpuSeconds, double compileSeconds) {
    double statementsPerSecond() {
      return statements / seconds;
    }
  }

  private final String name;
  private final Process process;
  private final OutputStream commands;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private volatile long statements;
  private double cpuAtStart;
  private double compiledBefore;

  private ServiceProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.commands = process.getOutputStream();
    Thread reader = new Thread(this::read, name + "-output");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts the service and waits until it is ready.
   *
   * @param jvmArguments such as {@code -javaagent}
   * @param environment added to ours, of which no OTEL_* variable is passed on
   */
  static ServiceProcess start(
      String name, Path home, List<String> jvmArguments, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms256m", "-Xmx256m"));
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", Installation.serviceClassPath(home)));
    command.add("dev.sonde.examples.orders.OrderService");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("OTEL_"));
    builder.environment().putAll(environment);
    ServiceProcess service = new ServiceProcess(name, builder.start());
    service.answer("ready");
    return service;
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("tick statements ")) {
          statements = Long.parseLong(line.substring("tick statements ".length()));
        } else {
          answers.add(line);
        }
      }
    } catch (IOException closed) {
      // the process ended: so does its output
    }
    answers.add(END);
  }

  /** Returns how many statements it had executed a fraction of a second ago. */
  long statementsSoFar() {
    return statements;
  }

  /** Loads it for so long, and waits. */
  Run run(double seconds) throws IOException, InterruptedException {
    start(seconds);
    return finish();
  }

  /** Starts to load it for so long; {@link #finish} waits for the end. */
  void start(double seconds) throws IOException {
    cpuAtStart = cpuSeconds();
    send("run " + seconds);
  }

  Run finish() throws IOException, InterruptedException {
    String[] words = answer("ran").split(" ");
    double cpu = cpuSeconds() - cpuAtStart;
    double compiled = Long.parseLong(words[7]) / 1e3;
    double compiling = compiled - compiledBefore;
    compiledBefore = compiled;
    return new Run(Double.parseDouble(words[1]), Long.parseLong(words[3]), cpu, compiling);
  }

  private double cpuSeconds() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  /** Asks for the exact number of statements since the start of its JVM. */
  long total() throws IOException, InterruptedException {
    send("total");
    return Long.parseLong(answer("total").split(" ")[2]);
  }

  /** Ends it as a user would, and returns its exit code. */
  int quit() throws IOException, InterruptedException {
    send("quit");
    if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException(name + ": did not end within " + ANSWER_SECONDS + " s after quit");
    }
    return process.exitValue();
  }

  private void send(String command) throws IOException {
    commands.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
    commands.flush();
  }

  /** Waits for the line that starts with {@code word}; others are the application's own. */
  private String answer(String word) throws IOException, InterruptedException {
    while (true) {
      String line = answers.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (line == null || line.equals(END)) {
        throw new IOException(
            "%s: got %s, want an answer \"%s ...\""
                .formatted(name, line == null ? "nothing for a minute" : "the end of it", word));
      }
      if (line.startsWith(word + " ")) {
        return line;
      }
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
