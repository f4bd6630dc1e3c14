package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Native targets in a real JVM that is its own target; needs root and a mounted tracefs. */
class NativeIT {
  private static final String TRACEFS = "/sys/kernel/tracing/events";

  @TempDir Path folder;

  private static final long CLONE_THREAD = 0x10000;

  static Stream<Path> jdks() throws Exception {
    return ChildJvm.jdks();
  }

  @BeforeAll
  static void permitted() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux") && Files.isReadable(Path.of(TRACEFS)),
        "tracefs is not readable: native probes of a JVM are not tested here");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void whatTheTargetCountsItselfIsCountedExactly(Path jdk) throws Exception {
    Path config =
        write(
            """
            objects:
              - file: %s
                programs:
                  - {name: sampled, event: cpu-clock, frequency: 499}
            export: {console: off}
            """
                .formatted(TestPrograms.path("native")));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      long[] before = counts(child);
      child.ask("parent 500");
      child.ask("total 300");
      child.ask("gc 3");
      child.ask("threads 12");
      child.ask("spin 400");
      long[] counted = counts(child);
      assertEquals(500, counted[0] - before[0], "calls of getppid");
      assertEquals(500, counted[1] - before[1], "returns from getppid");
      assertEquals(300, counted[2] - before[2], "calls of JVM_TotalMemory");
      assertEquals(3, counted[3] - before[3], "full collections");
      assertEquals(12, counted[4] - before[4], "threads by the name in their probe");
      assertTrue(counted[5] > before[5], "classes loaded");
      assertTrue(counted[6] > before[6], "methods compiled");
      assertEquals(500, counted[7] - before[7], "system calls");
      long samples = counted[8] - before[8];
      assertTrue(samples >= 20 && samples < 2000, samples + " samples");
      assertEquals(0, child.quit());
      assertEquals("", notOurs(child), "stderr");
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void bytesOfASystemCallAreFoundByTheJavaCallAboveIt(Path jdk) throws Exception {
    Path collapsed = folder.resolve("writes.collapsed");
    Path config =
        write(
            """
            objects:
              - file: %s
            export:
              console: off
              files: [%s]
              stacks: [{counts: bytes_by_site, stacks: stacks, name: bytes, unit: By}]
            """
                .formatted(
                    Path.of("../examples/programs/filewrites.bpf.o").toAbsolutePath().normalize(),
                    collapsed));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      child.ask("write 2000 " + folder.resolve("written"));
      assertEquals(0, child.quit());
      String stacks = Files.readString(collapsed);
      assertEquals(200_000, bytesBelow(stacks, "NativeWork.writeLong"), stacks);
      assertEquals(14_000, bytesBelow(stacks, "NativeWork.writeShort"), stacks);
    }
  }

  /** The object's struct has the fields in another order than the kernel. */
  @ParameterizedTest
  @MethodSource("jdks")
  void fieldsOfATracepointAreFoundByTheirNames(Path jdk) throws Exception {
    Path config =
        write(
            """
            objects: [{file: %s}]
            export:
              console: live
              records: [{map: tasks, name: started, type: started}]
            """
                .formatted(TestPrograms.path("newtask")));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      child.ask("threads 12");
      assertEquals(0, child.quit());
      List<String> started =
          child.stderr().lines().filter(line -> line.contains("clone_flags=")).toList();
      assertTrue(started.size() >= 12, child.stderr());
      for (String line : started) {
        long flags = number(line, "clone_flags");
        assertTrue((flags & CLONE_THREAD) != 0, line);
        assertTrue(number(line, "pid") > child.pid(), line);
        assertTrue(Math.abs(number(line, "oom_score_adj")) <= 1000, line);
      }
      assertTrue(started.stream().anyMatch(line -> line.contains("comm=")), started::toString);
    }
  }

  @Test
  void tracepointsAndSymbolsAreListedByGlob() throws Exception {
    String tracepoints = Sonde.run("list", "tracepoint:sched:sched_sw?tch").out();
    assertEquals("tracepoint/sched/sched_switch\n", tracepoints);
    try (ChildJvm child = ChildJvm.start(Path.of(System.getProperty("java.home")))) {
      String symbols = Sonde.run("list", child.pid(), "uprobe/*libjvm.so:JVM_Total*").out();
      assertTrue(symbols.matches("uprobe/.*/libjvm.so:JVM_TotalMemory\n"), symbols);
      assertEquals(0, child.quit());
    }
  }

  @Test
  void aTracepointThatIsNotThereIsNamedAndMayBeAskedFor() throws Exception {
    Sonde.Result verified = Sonde.run("prog", "verify", TestPrograms.path("missing"));
    String said = verified.out() + verified.err();
    assertEquals(1, verified.exitCode(), said);
    assertTrue(said.contains("reads_at_once: rejected"), said);
    assertTrue(said.contains("hint: this machine has no \"sonde_tp_sched_sched_daydream\""), said);
    assertTrue(said.contains("asks_first: accepted"), said);
  }

  private static long number(String line, String field) {
    Matcher value = Pattern.compile("\\b" + field + "=(-?[0-9]+)").matcher(line);
    assertTrue(value.find(), line);
    return Long.parseLong(value.group(1));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void anotherProcessIsTracedFromHere(Path jdk) throws Exception {
    try (ChildJvm traced = ChildJvm.start(jdk)) {
      Path config =
          write(
              """
              objects:
                - file: %s
                  programs:
                    - {name: libc_entry, scope: "pid:%d"}
                    - {name: libc_return, enabled: false}
                    - {name: sampled, enabled: false}
              export: {console: off}
              """
                  .formatted(TestPrograms.path("native"), traced.pid()));
      try (ChildJvm tracer = ChildJvm.start(jdk, ChildJvm.agent(config))) {
        traced.ask("parent 250");
        tracer.ask("parent 10");
        assertEquals(250, counts(tracer)[0]);
        assertEquals(0, tracer.quit());
      }
      assertEquals(0, traced.quit());
    }
  }

  private static long bytesBelow(String collapsed, String method) {
    return collapsed
        .lines()
        .filter(line -> line.contains(method))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Reads the map once the records that are on their way have been read. */
  private static long[] counts(ChildJvm child) throws Exception {
    Thread.sleep(300);
    Sonde.Result dump = Sonde.run("map", "dump", child.pid(), "counts");
    long[] counts = new long[16];
    Matcher lines =
        Pattern.compile("key: ([0-9a-f ]{11})  value: ([0-9a-f ]{23})")
            .matcher(dump.out() + dump.err());
    while (lines.find()) {
      counts[(int) number(lines.group(1))] = number(lines.group(2));
    }
    return counts;
  }

  private static long number(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.strip().replace(" ", ""));
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).put(bytes).getLong(0);
  }

  /** Leaves out what JDK 21 and later say of every attach, here that of {@code map dump}. */
  private static String notOurs(ChildJvm child) throws Exception {
    Pattern attached = Pattern.compile("WARNING: .*(agent|serviceability tool|agents) .*");
    return String.join(
        "\n",
        child
            .stderr()
            .lines()
            .filter(line -> !line.startsWith("sonde: ") && !attached.matcher(line).matches())
            .toList());
  }

  private Path write(String yaml) throws Exception {
    return Files.writeString(folder.resolve("native.yaml"), yaml);
  }
}
