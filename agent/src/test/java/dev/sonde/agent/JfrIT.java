package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs on JFR events, timers and JFR's samples, in a real JVM. */
class JfrIT {
  private static final int COLLECTIONS = 0;
  private static final int SYSTEM_GC = 1;
  private static final int TICKS = 2;
  private static final int SAMPLES = 3;

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  /** One object for both JDKs, whose GarbageCollection events have different fields. */
  @ParameterizedTest
  @MethodSource("jdks")
  void everyCollectionIsCountedOnce(Path jdk) throws Exception {
    String noOthers = "-XX:MetaspaceSize=256m"; // loading classes must not ask for a collection
    try (ChildJvm child = ChildJvm.start(jdk, noOthers, ChildJvm.agent(config("")))) {
      child.ask("collect 23");
      awaitCount(child, SYSTEM_GC, 23);
      long others = count(child, COLLECTIONS) - count(child, SYSTEM_GC); // the JVM asks, too
      child.ask("collect 5");
      Sonde.Result detached = Sonde.run("detach", child.pid(), "--json");
      assertEquals(0, detached.exitCode(), detached.err());
      JsonNode probe = new ObjectMapper().readTree(detached.out()).at("/sessions/0/probes/0");
      long runs = probe.path("run_cnt").asLong();
      assertTrue(runs >= 28 + others, detached.out()); // none lost at the end
      assertEquals(0, child.quit());
    }
  }

  @Test
  void aTimerTicks() throws Exception {
    try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(config("")))) {
      long before = count(child, TICKS);
      long start = System.nanoTime();
      child.ask("burn 2000");
      long ticks = count(child, TICKS) - before;
      double periods = (System.nanoTime() - start) / 50e6;
      assertTrue(ticks >= 2000 / 50 - 2 && ticks <= periods + 2, ticks + " ticks, want " + periods);
      assertEquals(0, child.quit());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void samplesOfJfrReachPerfEventPrograms(Path jdk) throws Exception {
    try (ChildJvm child =
        ChildJvm.start(jdk, ChildJvm.agent(config("attach: [\"perf_event/jfr:50hz\"]")))) {
      child.ask("burn 3000");
      awaitCount(child, SAMPLES, 5); // of some 150, if the machine is not busy
      assertEquals(0, child.quit());
    }
  }

  /** On JDK 25, JFR's shutdown hook ends our recording before ours, which waited for its flush. */
  @ParameterizedTest
  @MethodSource("jdks")
  void aJvmThatEndsAtOnceEndsInTime(Path jdk) throws Exception {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3 && least > 4_000_000_000L; i++) { // a busy machine may be slow, too
      try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config("")))) {
        long start = System.nanoTime();
        assertEquals(0, child.quit());
        least = Math.min(least, System.nanoTime() - start);
      }
    }
    assertTrue(least < 4_000_000_000L, "ended after " + least / 1e9 + " s");
  }

  @Test
  void anEventThatIsNotThereIsSaidWithWhatWasMeant() throws Exception {
    Path yaml = folder.resolve("wrong.yaml");
    Files.writeString(
        yaml,
        "objects: [{file: %s, programs: [{name: collected, attach: [jfr/GarbageCollection]}]}]"
            .formatted(TestPrograms.path("recorder")));
    try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(yaml))) {
      assertTrue(child.stderr().contains("did you mean jdk."), child.stderr());
      assertEquals(0, child.quit());
    }
  }

  private Path config(String sampled) throws IOException {
    Path file = folder.resolve("recorder.yaml");
    Files.writeString(
        file,
        """
        objects:
          - file: %s
            programs:
              - name: sampled
                %s
        export: {console: off}
        """
            .formatted(
                TestPrograms.path("recorder"), sampled.isEmpty() ? "enabled: false" : sampled));
    return file;
  }

  private static void awaitCount(ChildJvm child, int index, long least) throws Exception {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (count(child, index) < least && System.nanoTime() < deadline) {
      Thread.sleep(200);
    }
    assertTrue(count(child, index) >= least, "index " + index + ": " + count(child, index));
  }

  private static long count(ChildJvm child, int index) throws Exception {
    Sonde.Result dump = Sonde.run("map", "dump", child.pid(), "counts", "--json");
    assertEquals(0, dump.exitCode(), dump.err());
    String hex =
        new ObjectMapper().readTree(dump.out()).at("/elements/" + index + "/value").asText();
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private static Path currentJdk() {
    return Path.of(System.getProperty("java.home"));
  }
}
