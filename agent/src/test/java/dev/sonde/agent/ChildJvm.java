package dev.sonde.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real JVM that runs the test application, with or without the packaged jar as its agent. */
final class ChildJvm implements AutoCloseable {
  static final Path JAR = Path.of("target/sonde.jar").toAbsolutePath();
  private static final Path TEST_CLASSES = Path.of("target/test-classes").toAbsolutePath();

  private final Process process;
  private final BufferedReader out;
  private final PrintWriter in;
  private final Path stderr;

  private ChildJvm(Process process, Path stderr) {
    this.process = process;
    this.stderr = stderr;
    out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    in =
        new PrintWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
  }

  /** The JDK of this build, and any other that carries 25 in its name. */
  static Stream<Path> jdks() throws IOException {
    List<Path> homes = new ArrayList<>();
    homes.add(Path.of(System.getProperty("java.home")));
    Path folder = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.list(folder)) {
        all.filter(home -> home.getFileName().toString().contains("25"))
            .filter(home -> Files.isExecutable(home.resolve("bin/java")))
            .filter(home -> !Files.isSymbolicLink(home))
            .forEach(homes::add);
      }
    }
    return homes.stream();
  }

  /**
   * Starts the application on {@code jdk} with {@code jvmArguments} and waits until it is ready.
   */
  static ChildJvm start(Path jdk, String... jvmArguments) throws IOException {
    List<String> onClassPath = List.of("-cp", TEST_CLASSES.toString(), "dev.sonde.testapp.Shop");
    return start(jdk, List.of(jvmArguments), onClassPath);
  }

  /**
   * @param application where it is and its main class, as {@code java} takes them
   */
  static ChildJvm start(Path jdk, List<String> jvmArguments, List<String> application)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(jdk.resolve("bin/java").toString());
    command.addAll(jvmArguments);
    command.addAll(application);
    Path stderr = Files.createTempFile("child", ".err");
    Process process = new ProcessBuilder(command).redirectError(stderr.toFile()).start();
    ChildJvm child = new ChildJvm(process, stderr);
    String ready = child.out.readLine();
    if (!"ready".equals(ready)) {
      throw new IOException("child said \"" + ready + "\" and " + child.stderr());
    }
    return child;
  }

  static String agent(Path config) {
    return "-javaagent:" + JAR + "=" + config;
  }

  long pid() {
    return process.pid();
  }

  String ask(String line) throws IOException {
    in.println(line);
    String answer = out.readLine();
    if (answer == null) {
      throw new IOException("child ended after \"" + line + "\": " + stderr());
    }
    return answer;
  }

  /** Ends the application normally and returns its exit code. */
  int quit() throws IOException, InterruptedException {
    ask("quit");
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new IOException("child did not end within 30 s of quit: " + stderr());
    }
    return process.exitValue();
  }

  String stderr() throws IOException {
    return Files.readString(stderr);
  }

  /** Waits, but not for ever, until {@code text} stands in {@link #stderr}. */
  void awaitStderr(String text) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!stderr().contains(text) && System.nanoTime() < deadline) {
      Thread.sleep(50);
    }
  }

  /** Returns the lines of {@link #stderr} without Sonde's and, from 21 on, the JVM's of agents. */
  List<String> noise() throws IOException {
    return stderr()
        .lines()
        .filter(line -> !line.startsWith("sonde: "))
        .filter(line -> !line.startsWith("WARNING: "))
        .toList();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
