package dev.sonde.agent.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.testapp.KnownCosts;
import dev.sonde.testapp.Rounds;
import dev.sonde.testapp.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Profiles of real JVMs, started without any flag. */
class RecorderTest {
  @BeforeAll
  static void needsPerfEvents() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && "root".equals(System.getProperty("user.name"))
            && canSample(),
        "perf events with kernel stacks need root on Linux, and no filter that forbids them");
  }

  private static boolean canSample() {
    try {
      PerfAttr clock = PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.CPU_CLOCK).frequency(99);
      Linux.running().close(Linux.running().perfEventOpen(clock, 0, -1, -1, "of this thread"));
      return true;
    } catch (LinuxException | UnsupportedOperationException refused) {
      return false;
    }
  }

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

  private static Process start(Path jdk, String... arguments) throws IOException {
    return start(jdk, Work.class, arguments);
  }

  static Process start(Path jdk, Class<?> application, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(jdk.resolve("bin/java").toString());
    command.addAll(
        List.of("-cp", Path.of("target/test-classes").toString(), application.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    assertEquals('r', process.getInputStream().read(), "the application did not start");
    return process;
  }

  private static RecordRequest request(Process process, RecordKind kind, double seconds) {
    return new RecordRequest(
        (int) process.pid(), kind, (long) (seconds * 1e9), 499, 32 << 10, true, true);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void mixedStacksReachTheThreadsStartAndNameInlinedMethods(Path jdk) throws Exception {
    Process process = start(jdk, "60");
    try {
      Thread.sleep(1500); // until the hot methods are compiled
      Recorded recorded = Recorder.record(request(process, RecordKind.CPU, 3));
      assertTrue(recorded.samples() > 100, "samples: " + recorded.samples());
      assertTrue(
          recorded.complete() >= 0.97 * recorded.samples(),
          recorded.complete() + " complete of " + recorded.samples());
      Profile profile = recorded.profile();
      assertTrue(has(profile, Frame.Kind.INLINED, "dev.sonde.testapp.Work.recurse"));
      assertTrue(has(profile, Frame.Kind.NATIVE, "Java_java_util_zip_Deflater_deflateBytesBytes"));
      assertTrue(has(profile, Frame.Kind.NATIVE, "JavaCalls::call_helper"));
      assertTrue(hasKind(profile, Frame.Kind.KERNEL));
      long unnamed = frames(profile).filter(f -> f.function().startsWith("[unknown")).count();
      long all = frames(profile).count();
      assertTrue(unnamed <= all / 100, unnamed + " of " + all + " frames have no name");
      assertTrue(
          frames(profile).anyMatch(f -> f.function().endsWith("Work.recurse") && f.line() > 0),
          "no line");
      assertTrue(frames(profile).noneMatch(f -> f.function().contains("Lambda/0x")));
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theInterpretersFramesAreNamed(Path jdk) throws Exception {
    Process process =
        new ProcessBuilder(
                jdk.resolve("bin/java").toString(),
                "-Xint",
                "-cp",
                Path.of("target/test-classes").toString(),
                Work.class.getName(),
                "60")
            .start();
    try {
      assertEquals('r', process.getInputStream().read());
      Recorded recorded = Recorder.record(request(process, RecordKind.CPU, 1.5));
      assertTrue(
          recorded.complete() >= 0.97 * recorded.samples(),
          recorded.complete() + " complete of " + recorded.samples());
      assertTrue(
          has(recorded.profile(), Frame.Kind.INTERPRETED, "dev.sonde.testapp.Work.inlinedSum"));
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void codeThatTookThePlaceOfOtherCodeHasItsOwnName(Path jdk) throws Exception {
    Process process = start(jdk, Rounds.class);
    try {
      RunningRecording recording = RunningRecording.start(request(process, RecordKind.CPU, 300));
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      assertTrue(process.waitFor(240, TimeUnit.SECONDS), "the application did not end");
      Profile profile = recording.stop().profile();
      double all = 0;
      for (char letter = 'A'; letter <= 'F'; letter++) {
        all += weightBelow(profile, "dev.sonde.testapp.Round" + letter + ".run");
      }
      assertTrue(all >= 700, "samples: " + all); // 3.6 s of CPU time at 499 Hz
      for (char letter = 'A'; letter <= 'F'; letter++) {
        double share = weightBelow(profile, "dev.sonde.testapp.Round" + letter + ".run") / all;
        assertTrue(share > 0.08 && share < 0.3, letter + " has " + share + ", not a sixth");
      }
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void wallClockTimeOfAThreadIsTheRecordingsWhetherItSleepsOrRuns() throws Exception {
    Process process = start(Path.of(System.getProperty("java.home")), "60");
    try {
      Recorded recorded = Recorder.record(request(process, RecordKind.WALL, 2));
      double nanos = recorded.profile().durationNanos();
      double sleeper = weightBelow(recorded.profile(), "dev.sonde.testapp.Work.sleepForever");
      double worker = weightBelow(recorded.profile(), "dev.sonde.testapp.Work.step");
      assertEquals(1, sleeper / nanos, 0.1, "the thread that sleeps all the time");
      assertTrue(worker / nanos > 0.5 && worker / nanos < 1.3, "the worker: " + worker / nanos);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aThreadThatNapsIsOffTheCpuAllTheTime() throws Exception {
    Process process = start(Path.of(System.getProperty("java.home")), KnownCosts.class, "nap");
    try {
      Recorded recorded = Recorder.record(request(process, RecordKind.OFFCPU, 2));
      double nanos = recorded.profile().durationNanos();
      double napped = weightBelow(recorded.profile(), "dev.sonde.testapp.KnownCosts.nap");
      assertEquals(1, napped / nanos, 0.1);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void theFaultsOfAMethodAreThoseThatTheKernelCounts() throws Exception {
    Process process = start(Path.of(System.getProperty("java.home")), KnownCosts.class, "touch");
    try {
      RunningRecording recording = RunningRecording.start(request(process, RecordKind.FAULTS, 300));
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      double counted = new Scanner(process.getInputStream()).nextLong();
      Recorded recorded = recording.stop();
      double faults = weightBelow(recorded.profile(), "dev.sonde.testapp.KnownCosts.touch");
      assertTrue(counted >= 64, "too few faults to compare: " + counted);
      double all = recorded.profile().total() + recorded.lost(); // compilers fault meanwhile, too
      assertTrue(all >= 0.9 * counted, all + " seen or lost of " + counted);
      assertTrue(faults <= counted, faults + " of " + counted);
      assertTrue(faults + recorded.lost() >= 0.8 * counted, faults + " of " + counted);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aTargetThatDiesLeavesWhatWasRecorded() throws Exception {
    Process process = start(Path.of(System.getProperty("java.home")), "1");
    Recorded recorded = Recorder.record(request(process, RecordKind.CPU, 20));
    assertTrue(process.waitFor(5, TimeUnit.SECONDS));
    assertTrue(recorded.samples() > 10, "samples: " + recorded.samples());
    assertTrue(recorded.notes().toString().contains("ended after"), recorded.notes().toString());
    assertThrows(IOException.class, () -> Recorder.record(request(process, RecordKind.CPU, 1)));
  }

  @Test
  void allocationsComeFromTheFlightRecorder() throws Exception {
    Process process = start(Path.of(System.getProperty("java.home")), "60");
    try {
      Recorded recorded = Recorder.record(request(process, RecordKind.ALLOC, 2));
      assertTrue(recorded.profile().total() > 1 << 20, "bytes: " + recorded.profile().total());
      assertTrue(frames(recorded.profile()).anyMatch(f -> f.function().equals("byte[]")));
      assertTrue(frames(recorded.profile()).anyMatch(f -> f.function().endsWith("Work.step")));
    } finally {
      process.destroyForcibly();
    }
  }

  private static Stream<Frame> frames(Profile profile) {
    return profile.samples().stream().flatMap(sample -> sample.frames().stream());
  }

  private static boolean has(Profile profile, Frame.Kind kind, String function) {
    return frames(profile).anyMatch(f -> f.kind() == kind && f.function().equals(function));
  }

  private static boolean hasKind(Profile profile, Frame.Kind kind) {
    return frames(profile).anyMatch(f -> f.kind() == kind);
  }

  private static double weightBelow(Profile profile, String function) {
    return profile.samples().stream()
        .filter(s -> s.frames().stream().anyMatch(f -> f.function().equals(function)))
        .mapToLong(Profile.Sample::value)
        .sum();
  }
}
