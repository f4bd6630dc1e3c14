package dev.sonde.verifier.faults;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The other end of {@link FaultyRun}: ends it when a fault makes a suite go on for ever. */
final class FaultyJvm implements AutoCloseable {
  private static final String NO_END = "no end";
  private static final String NO_ROOM = ""; // it is told with each fault

  private final Process process;
  private final BufferedReader in;
  private final PrintWriter out;

  private FaultyJvm(Process process) {
    this.process = process;
    in = process.inputReader();
    out = new PrintWriter(process.outputWriter(), true);
  }

  /** Starts one that swaps faults in. */
  static FaultyJvm start(Path folder, List<String> suites) throws IOException {
    return new FaultyJvm(launch(List.of("-javaagent:" + agent(folder)), "", NO_ROOM, suites));
  }

  /**
   * Returns what the suites say of {@code wrong} in a JVM of its own, which loads it at first; what
   * fails there must pass without it.
   */
  static String resultApart(
      Map<String, byte[]> wrong, String room, Path folder, List<String> suites) throws Exception {
    for (Map.Entry<String, byte[]> type : wrong.entrySet()) {
      Path file = folder.resolve(type.getKey().replace('.', '/') + ".class");
      Files.createDirectories(file.getParent());
      Files.write(file, type.getValue());
    }
    String result = apart(folder + File.pathSeparator, room, suites);
    if (suites.contains(result)) {
      String without = apart("", room, List.of(result));
      if (!without.equals(FaultyRun.PASSED)) {
        throw new IllegalStateException("fails without any fault: " + without);
      }
    }
    return result;
  }

  private static String apart(String firstPath, String room, List<String> suites) throws Exception {
    try (FaultyJvm apart = new FaultyJvm(launch(List.of(), firstPath, room, suites))) {
      return apart.await();
    }
  }

  /** Returns the suite that fails, or what {@link FaultyRun} has to say. */
  String result(int fault) throws Exception {
    out.println(fault);
    return await();
  }

  private static Process launch(
      List<String> options, String firstPath, String room, List<String> suites) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    for (String internal : List.of("misc", "access")) {
      command.add("--add-exports=java.base/jdk.internal." + internal + "=ALL-UNNAMED");
    }
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx1g", "-Dsonde.seed=1", "-Xshare:auto"));
    command.add("-XX:TieredStopAtLevel=1"); // each fault undoes what the compilers did
    command.addAll(List.of("-Dsonde.programs=1500", "-Dsonde.mutants=3000"));
    command.add("-Dsonde.constructs=clang16.v3");
    command.add("-Dsonde.faults.show=" + Boolean.getBoolean("sonde.faults.show"));
    command.addAll(List.of("-cp", firstPath + FaultyClasses.classPath()));
    command.addAll(List.of(FaultyRun.class.getName(), room));
    command.addAll(suites);
    return new ProcessBuilder(command)
        .redirectError(
            Boolean.getBoolean("sonde.faults.show")
                ? ProcessBuilder.Redirect.INHERIT
                : ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** A jar that names the agent's class; the class itself lies on the class path. */
  private static Path agent(Path folder) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", FaultyRun.class.getName());
    attributes.putValue("Can-Redefine-Classes", "true");
    Path jar = Files.createTempFile(folder, "agent", ".jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    return jar;
  }

  private String await() throws Exception {
    String suite = "";
    Duration begun = cpuTime();
    while (true) {
      if (in.ready()) {
        String line = in.readLine();
        if (line.startsWith(FaultyRun.ENDS)) {
          return line.substring(1);
        }
        suite = line.substring(1);
        begun = cpuTime();
      } else if (cpuTime().minus(begun).compareTo(Suites.limit(suite)) > 0) {
        process.destroyForcibly().waitFor();
        return NO_END + " of " + suite;
      } else if (process.waitFor(20, TimeUnit.MILLISECONDS) && !in.ready()) {
        return "exit " + process.exitValue() + " in " + suite;
      }
    }
  }

  private Duration cpuTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
