package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.testapp.Work;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C, a terminal, a reader that has seen enough. */
class TerminalIT {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  /** Counts and prints at each call of Shop.sell. */
  private static final String SCRIPT =
      """
      .section method/dev.sonde.testapp.Shop.sell
      .map counts array 4 8 1
      stw [%r10-8], 0x0a6b6f         # "ok\\n"
      mov %r1, %r10
      add %r1, -8
      mov %r2, 4
      call 6
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

  /** A command, where its answers go, and when it is at work. */
  private record Recording(Process process, Path file, Path out) {}

  @BeforeAll
  static void needsSignals() throws Exception {
    assumeTrue(
        Files.isReadable(Path.of("/proc/self/maps"))
            && new ProcessBuilder("env", "--default-signal=INT", "true").start().waitFor() == 0,
        "needs /proc and env --default-signal: Ctrl-C is not tested here");
  }

  @Test
  void ctrlCEndsARecordingAndItsFileIsWritten() throws Exception {
    Process work =
        new ProcessBuilder(
                JAVA, "-cp", Path.of("target/test-classes").toString(), Work.class.getName(), "300")
            .start();
    try {
      assertEquals('r', work.getInputStream().read());
      List<Recording> all =
          List.of(
              record(work, "record", "cpu", "cpu.collapsed"),
              record(work, "flame", "cpu", "cpu.html"),
              record(work, "record", "alloc", "alloc.collapsed"));
      for (Recording each : all) {
        awaitTrue(() -> isAtWork(each, work), "not recording yet");
      }
      Thread.sleep(3000); // something to record; none of what follows hangs on how much
      for (Recording each : all) {
        interrupt(each.process);
      }
      for (Recording each : all) {
        boolean ended = each.process.waitFor(60, TimeUnit.SECONDS);
        String out = Files.readString(each.out);
        assertTrue(ended, "still running after Ctrl-C: " + each.file);
        assertTrue(out.contains(each.file.getFileName() + ": "), out);
        assertFalse(out.contains("\tat "), out);
        assertTrue(Files.size(each.file) > 0, each.file + " is empty");
      }
      assertTrue(Files.readString(all.get(0).file).contains("Work.step"));
      assertTrue(Files.readString(all.get(1).file).contains("Work.step"));
      assertTrue(work.isAlive(), "the recorded process goes on");
    } finally {
      work.destroyForcibly();
    }
  }

  /** A perf event is open, or the flight recorder has a file. */
  private static boolean isAtWork(Recording recording, Process work) throws IOException {
    assertTrue(recording.process.isAlive(), () -> "ended early: " + recording.out);
    if (recording.file.getFileName().toString().startsWith("alloc")) {
      return open(work.pid()).anyMatch(file -> file.endsWith(".jfr"));
    }
    return open(recording.process.pid()).anyMatch(file -> file.contains("[perf_event]"))
        || open(work.pid()).anyMatch(file -> file.endsWith(".jfr")); // where perf is refused
  }

  private static Stream<String> open(long pid) throws IOException {
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path each : all.toList()) {
        try {
          files.add(Files.readSymbolicLink(each).toString());
        } catch (IOException closed) {
          // since it was listed
        }
      }
    }
    return files.stream();
  }

  private Recording record(Process work, String command, String event, String name)
      throws IOException {
    Path file = folder.resolve(name);
    Path out = folder.resolve(name + ".out");
    ProcessBuilder builder = sonde(command, work.pid(), "-d", "250s", "-o", file);
    if (command.equals("record")) {
      builder.command().addAll(List.of("-e", event));
    }
    return new Recording(
        builder.redirectErrorStream(true).redirectOutput(out.toFile()).start(), file, out);
  }

  @Test
  void topRedrawsATerminalAndEndsAtCtrlC() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "needs script(1) for a terminal");
    try (ChildJvm child = ChildJvm.start(Path.of(System.getProperty("java.home")))) {
      String command = "%s -jar %s top %d -n 2".formatted(JAVA, ChildJvm.JAR, child.pid());
      ProcessBuilder terminal = new ProcessBuilder("/usr/bin/script", "-qec", command, "/dev/null");
      terminal.environment().put("TERM", "xterm");
      Process script = terminal.redirectErrorStream(true).start();
      String out = text(script.getInputStream());
      assertTrue(script.waitFor(60, TimeUnit.SECONDS), "top -n 2 goes on");
      assertEquals(2, out.split("\u001b\\[H\u001b\\[2J", -1).length - 1, out);
      Process top = sonde("top", child.pid()).start();
      assertTrue(top.getInputStream().read() >= 0, "no screen");
      interrupt(top);
      assertTrue(top.waitFor(60, TimeUnit.SECONDS), "still running after Ctrl-C");
      assertEquals("", text(top.getErrorStream()));
      assertEquals(0, child.quit());
    }
  }

  /** Each ends by itself once what it writes is read by nobody, and leaves no session behind. */
  @Test
  void aReaderThatHasSeenEnoughEndsWhatItReads() throws Exception {
    Path script = Files.writeString(folder.resolve("sells.asm"), SCRIPT);
    try (ChildJvm child = ChildJvm.start(Path.of(System.getProperty("java.home")))) {
      List<Process> all = new ArrayList<>();
      all.add(sonde("run", script, "-p", child.pid()).start());
      assertTrue(all.get(0).getInputStream().read() >= 0, "no session");
      all.add(sonde("trace", child.pid()).start());
      all.add(sonde("top", child.pid()).start());
      all.add(sonde("list", child.pid(), "jfr/*").start());
      all.add(sonde("feature").start());
      for (Process each : all.subList(1, all.size())) {
        awaitTrue(
            () -> {
              child.ask("sell 1");
              return each.getInputStream().available() > 0 || !each.isAlive();
            },
            "a command prints nothing");
      }
      for (Process each : all) {
        each.getInputStream().close();
      }
      awaitTrue(
          () -> {
            child.ask("sell 1");
            return all.stream().noneMatch(Process::isAlive);
          },
          "still writing to nobody");
      for (Process each : all) {
        String err = text(each.getErrorStream());
        assertFalse(err.contains("\tat ") || err.contains("Exception"), err);
      }
      assertTrue(
          Sonde.run("status", child.pid()).out().contains("has no open session"), "still attached");
      assertEquals(0, child.quit());
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void awaitTrue(Condition condition, String what) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadline, what);
      Thread.sleep(50);
    }
  }

  /** A build in the background has its children ignore Ctrl-C. */
  private static ProcessBuilder sonde(Object... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of("env", "--default-signal=INT", JAVA, "-jar", ChildJvm.JAR.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new ProcessBuilder(command);
  }

  private static void interrupt(Process process) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor());
  }

  private static String text(InputStream stream) throws IOException {
    return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
  }
}
