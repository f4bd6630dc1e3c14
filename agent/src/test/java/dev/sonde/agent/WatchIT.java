package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code sonde list PID}, {@code run}, {@code top} and {@code header} on a real JVM. */
class WatchIT {
  private static final String SCRIPT =
      """
      .section method/dev.sonde.testapp.Shop.sell   # counts calls
      .map counts array 4 8 1
      stw [%r10-4], 0
      lddw %r1, map counts
      mov %r2, %r10
      add %r2, -4
      call 1
      jeq %r0, 0, out
      mov %r1, 1
      lock add [%r0+0], %r1
      out:
      mov %r0, 0
      exit
      """;

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aScriptRunsUntilItsTimeIsOver(Path jdk) throws Exception {
    Path script = folder.resolve("calls.asm");
    Files.writeString(script, SCRIPT);
    try (ChildJvm child = ChildJvm.start(jdk)) {
      CompletableFuture<Sonde.Result> run =
          CompletableFuture.supplyAsync(
              () -> sonde("run", script, "-p", child.pid(), "-d", "5s", "--json"));
      awaitSession(child);
      child.ask("sell 321");
      Sonde.Result result = run.get(60, TimeUnit.SECONDS);
      assertEquals(0, result.exitCode(), result.err());
      JsonNode answer = new ObjectMapper().readTree(result.out());
      assertEquals(321, answer.at("/maps/counts/0/value/value").asLong(), result.out());
      assertEquals(321, answer.at("/session/probes/0/run_cnt").asLong(), result.out());
      assertTrue(
          sonde("status", child.pid()).out().contains("has no open session"), "still attached");
      assertEquals(0, child.quit());
    }
  }

  @Test
  void ctrlCDetachesAndPrintsTheMaps() throws Exception {
    Path script = folder.resolve("calls.asm");
    Files.writeString(script, SCRIPT);
    try (ChildJvm child = ChildJvm.start(currentJdk())) {
      Process run =
          new ProcessBuilder(
                  "env", // a build in the background has its children ignore Ctrl-C
                  "--default-signal=INT",
                  currentJdk().resolve("bin/java").toString(),
                  "-jar",
                  ChildJvm.JAR.toString(),
                  "run",
                  script.toString(),
                  "-p",
                  Long.toString(child.pid()))
              .start();
      awaitSession(child);
      child.ask("sell 99");
      assertEquals(0, new ProcessBuilder("kill", "-INT", "" + run.pid()).start().waitFor());
      boolean ended = run.waitFor(30, TimeUnit.SECONDS);
      if (!ended) {
        run.destroyForcibly();
      }
      assertTrue(ended, "still running after Ctrl-C");
      String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, run.exitValue(), out);
      assertTrue(out.contains("@counts[0]: 99"), out);
      assertTrue(
          sonde("status", child.pid()).out().contains("has no open session"), "still attached");
      assertEquals(0, child.quit());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void probePointsAreListed(Path jdk) throws Exception {
    try (ChildJvm child = ChildJvm.start(jdk)) {
      String methods = sonde("list", child.pid(), "method/dev.sonde.testapp.Shop.sell*").out();
      assertEquals(
          "method/dev.sonde.testapp.Shop.sell(java.lang.String,int)\n"
              + "method/dev.sonde.testapp.Shop.sellAll(int)\n",
          methods);
      String events = sonde("list", child.pid(), "jfr:jdk.GarbageC*").out();
      assertEquals("jfr/jdk.GarbageCollection\n", events);
      if (Files.isReadable(Path.of("/proc/self/maps"))) {
        String probes = sonde("list", child.pid(), "usdt/*libjvm*:gc__begin").out();
        assertTrue(probes.contains("libjvm.so:hotspot:gc__begin\n"), probes);
      }
      String header = sonde("header", "jdk.GarbageCollection", "-p", child.pid()).out();
      assertTrue(header.contains("struct sonde_jfr_jdk_GarbageCollection {"), header);
      assertEquals(0, child.quit());
    }
  }

  @Test
  void topShowsWhatRan() throws Exception {
    Path yaml = folder.resolve("shop.yaml");
    Files.writeString(
        yaml,
        "objects: [{file: %s}]\nexport: {console: off}\n".formatted(TestPrograms.path("shop")));
    try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(yaml))) {
      child.ask("sell 4321");
      Sonde.Result top = sonde("top", child.pid(), "-n", 1);
      assertEquals(0, top.exitCode(), top.err());
      assertTrue(top.out().contains("4,321"), top.out());
      assertEquals(0, child.quit());
    }
  }

  /** The signal that wakes a JVM's attach listener would end any other process. */
  @Test
  void aProcessThatIsNoJvmIsLeftAlone() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/proc/self/maps")), "needs /proc");
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      Sonde.Result result = sonde("status", sleep.pid());
      assertEquals(1, result.exitCode());
      assertTrue(result.err().contains("want a HotSpot JVM"), result.err());
      assertTrue(sleep.isAlive(), "the process was signalled");
    } finally {
      sleep.destroyForcibly();
    }
  }

  private static void awaitSession(ChildJvm child) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!sonde("status", child.pid()).out().contains("session run-")
        && System.nanoTime() < deadline) {
      Thread.sleep(100);
    }
  }

  private static Sonde.Result sonde(Object... arguments) {
    try {
      return Sonde.run(arguments);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path currentJdk() {
    return Path.of(System.getProperty("java.home"));
  }
}
