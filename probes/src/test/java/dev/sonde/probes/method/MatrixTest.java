package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Child JVMs: collectors, compilers and JDKs, with probes in what everything stands on. */
class MatrixTest {

  @ParameterizedTest
  @CsvSource({
    "17, -XX:+UseG1GC",
    "17, -XX:+UseParallelGC",
    "17, -XX:+UseSerialGC",
    "17, -XX:+UseZGC",
    "17, -XX:+UseShenandoahGC",
    "17, -Xint",
    "17, -XX:TieredStopAtLevel=1",
    "17, -Djava.security.manager -Djava.security.policy==POLICY",
    "17, -Xverify:all",
    "17, -Xshare:on",
    "17, -Dsonde.max.stack=1024",
    "25, -XX:+UseG1GC",
    "25, -XX:+UseParallelGC",
    "25, -XX:+UseSerialGC",
    "25, -XX:+UseZGC",
    "25, -XX:+UseShenandoahGC",
    "25, -Xint",
    "25, -XX:TieredStopAtLevel=1",
    "25, -XX:+UseCompactObjectHeaders",
    "25, -XX:-UseCompressedOops",
    "25, -Xshare:on",
  })
  void probesWork(int jdk, String flags) throws Exception {
    Path java = java(jdk);
    assumeTrue(java != null, "no JDK " + jdk + " in /usr/lib/jvm");
    assumeTrue(accepts(java, flags), "this JVM has no " + flags);
    String output = run(java, flags, Workout.class.getName());
    assertEquals("ok", output.strip(), jdk + " " + flags);
  }

  private static boolean accepts(Path java, String flags) throws Exception {
    String first = flags.split(" ")[0];
    Process process =
        new ProcessBuilder(java.toString(), first, "-version").redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor() == 0;
  }

  /** Returns what the child prints, behind what went wrong if something did. */
  static String run(Path java, String flags, String main) throws Exception {
    List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx256m"));
    Path policy = Files.createTempFile("all", ".policy");
    Files.writeString(policy, "grant { permission java.security.AllPermission; };");
    command.addAll(List.of(flags.replace("POLICY", policy.toString()).split(" ")));
    command.add("-javaagent:" + SelfAttach.agentJar(main));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    Path out = Files.createTempFile("matrix", ".out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      return "hung:\n" + Files.readString(out);
    }
    String text = Files.readString(out);
    Files.delete(out);
    Files.delete(policy);
    String ours = text.replaceAll("WARNING: .*Security Manager.*\\R", ""); // the JDK's own words
    return process.exitValue() == 0 ? ours : "exit " + process.exitValue() + ":\n" + ours;
  }

  /** Returns the java of a JDK of that feature version: this one, or one beside it. */
  static Path java(int jdk) throws IOException {
    if (Runtime.version().feature() == jdk) {
      return Path.of(System.getProperty("java.home"), "bin", "java");
    }
    Path folder = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(folder)) {
      return null;
    }
    try (Stream<Path> jdks = Files.list(folder)) {
      return jdks.filter(path -> path.getFileName().toString().contains(Integer.toString(jdk)))
          .map(path -> path.resolve("bin/java"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElse(null);
    }
  }
}
