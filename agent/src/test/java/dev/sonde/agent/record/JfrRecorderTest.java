package dev.sonde.agent.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.testapp.KnownCosts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the flight recorder tells without any permission, against what is known. */
class JfrRecorderTest {
  private Duration cpuTime = Duration.ZERO; // of the process while it was recorded

  static Stream<Path> jdks() throws IOException {
    return RecorderTest.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void lockWaitsHaveTheStacksOfThoseWhoWait(Path jdk) throws Exception {
    Recorded recorded = record(jdk, "lock", RecordKind.LOCK, 2);
    double nanos = 2e9;
    assertEquals(1, weight(recorded, "enter", "java.lang.Object") / nanos, 0.35);
    String sync = "java.util.concurrent.locks.ReentrantLock$NonfairSync";
    assertEquals(1, weight(recorded, "acquire", sync) / nanos, 0.35);
    assertTrue(recorded.complete() == recorded.samples(), "a stack was cut");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void allocationsAreSharedOutAsTheyWereMade(Path jdk) throws Exception {
    Recorded recorded = record(jdk, "alloc", RecordKind.ALLOC, 3);
    double much = weight(recorded, "allocateMuch", "byte[]");
    double little = weight(recorded, "allocateLittle", "byte[]");
    assertEquals(0.75, much / (much + little), 0.2);
    assertTrue(much + little > 0.9 * recorded.profile().total(), "others: " + recorded);
  }

  /** What a profile of the CPU falls back to where perf events are not allowed. */
  @ParameterizedTest
  @MethodSource("jdks")
  void cpuTimeIsSharedOutWithoutPerfEvents(Path jdk) throws Exception {
    Recorded recorded = record(jdk, "cpu", RecordKind.CPU, 3);
    double much = weight(recorded, "computeMuch", null);
    double little = weight(recorded, "computeLittle", null);
    double seconds = cpuTime.toNanos() / 1e9; // on a busy machine less than the three
    assertTrue(much + little > 0.3 * 50 * seconds, "%s in %s s".formatted(much + little, seconds));
    assertEquals(0.75, much / (much + little), 0.2);
  }

  private Recorded record(Path jdk, String what, RecordKind kind, int seconds) throws Exception {
    Process process = RecorderTest.start(jdk, KnownCosts.class, what);
    try {
      Thread.sleep(700);
      long nanos = seconds * 1_000_000_000L;
      RecordRequest request =
          new RecordRequest((int) process.pid(), kind, nanos, 50, 32 << 10, false, false);
      Duration before = process.info().totalCpuDuration().orElseThrow();
      Recorded recorded = new JfrRecorder(request, kind).record();
      cpuTime = process.info().totalCpuDuration().orElseThrow().minus(before);
      return recorded;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Sums up what is below a method of the application, of a kind of object if one is named. */
  private static double weight(Recorded recorded, String method, String leaf) {
    String function = KnownCosts.class.getName() + "." + method;
    return recorded.profile().samples().stream()
        .filter(s -> leaf == null || s.frames().get(0).function().equals(leaf))
        .filter(s -> s.frames().stream().anyMatch(f -> f.function().equals(function)))
        .mapToLong(Profile.Sample::value)
        .sum();
  }
}
