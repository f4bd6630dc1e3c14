package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The packaged jar in a real JVM: tracing from the start, and what stays hidden. */
class AgentIT {
  private static final String SHOP_OBJECT = TestPrograms.path("shop").toString();

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void everyCallIsCountedAndReported(Path jdk) throws Exception {
    Path config = config("export:\n  metrics: [{map: sales, name: shop.sales}]\n");
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      child.ask("sell 12345");
      assertEquals(0, child.quit());
      assertTrue(child.stderr().contains("12,345"), child.stderr());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void stderrHoldsNothingButTheAgentsOwnLines(Path jdk) throws Exception {
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config("export: {console: off}")))) {
      child.ask("sell 10");
      assertEquals(0, child.quit());
      assertEquals(
          "",
          String.join("\n", child.stderr().lines().filter(l -> !l.startsWith("sonde: ")).toList()));
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theApplicationCannotSeeTheAgentsClasses(Path jdk) throws Exception {
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config("export: {console: off}")))) {
      for (String name :
          new String[] {
            "net.bytebuddy.ByteBuddy",
            "io.opentelemetry.sdk.OpenTelemetrySdk",
            "com.fasterxml.jackson.databind.ObjectMapper",
            "com.sun.jna.Native",
            "dev.sonde.vm.map.BpfMap"
          }) {
        assertEquals("invisible", child.ask("see " + name), name);
      }
      assertEquals("visible", child.ask("see dev.sonde.testapp.Shop"));
      assertEquals(0, child.quit());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aRunningJvmIsAttachedAndDetachedByPid(Path jdk) throws Exception {
    Path config = config("export: {console: off}");
    try (ChildJvm child = ChildJvm.start(jdk)) {
      child.ask("sell 1000"); // before: must not be counted
      assertEquals(0, Sonde.run("attach", child.pid(), "-c", config).exitCode());
      child.ask("sell 2345");
      Sonde.Result status = Sonde.run("status", child.pid(), "--json");
      assertTrue(status.out().contains("\"run_cnt\" : 2345"), status.out());
      Sonde.Result detached = Sonde.run("detach", child.pid());
      assertEquals(0, detached.exitCode(), detached.err());
      child.ask("sell 77"); // after: must not be counted
      assertEquals(0, Sonde.run("attach", child.pid(), "-c", config).exitCode());
      Sonde.Result again = Sonde.run("status", child.pid(), "--json");
      assertTrue(again.out().contains("\"run_cnt\" : 0"), again.out());
      assertEquals(0, child.quit());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theMapsOfASessionAreReadAndChanged(Path jdk) throws Exception {
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config("export: {console: off}")))) {
      child.ask("sell 258");
      Sonde.Result dump = Sonde.run("map", "dump", child.pid(), "sales");
      assertTrue(dump.out().contains(": 02 01 00 00 00 00 00 00\n"), dump.out() + dump.err());
      Sonde.Result wrong = Sonde.run("map", "dump", child.pid(), "sails");
      assertEquals(1, wrong.exitCode());
      assertTrue(wrong.err().contains("no object has it, want sales"), wrong.err());
      Sonde.Result absent = Sonde.run("map", "lookup", child.pid(), "sales", "07 00 00 00");
      assertTrue(absent.err().contains("ENOENT"), absent.err());
      assertEquals(0, child.quit());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aProgramIsReplacedByALaterBuildAsItRuns(Path jdk) throws Exception {
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config("export: {console: off}")))) {
      child.ask("sell 5");
      Path later = TestPrograms.path("shoplater");
      Sonde.Result replaced = Sonde.run("replace", child.pid(), later);
      assertEquals("replaced sold\n", replaced.out(), replaced.err());
      child.ask("sell 2");
      Sonde.Result dump = Sonde.run("map", "dump", child.pid(), "sales");
      assertTrue(
          dump.out().contains(": cd 00 00 00 00 00 00 00\n"), dump.out() + dump.err()); // 205
      Sonde.Result status = Sonde.run("status", child.pid(), "--json");
      assertTrue(status.out().contains("\"run_cnt\" : 7"), status.out());
      Sonde.Result wrong = Sonde.run("replace", child.pid(), TestPrograms.path("wild"));
      assertEquals(1, wrong.exitCode());
      assertTrue(wrong.err().contains("no program of it runs in the session"), wrong.err());
      child.ask("sell 1");
      assertEquals(0, Sonde.run("detach", child.pid()).exitCode());
      assertEquals(0, child.quit());
    }
  }

  @Test
  void aBuildWithAnotherRecordIsRefusedWhereExportsReadTheFirst() throws Exception {
    Path config =
        config("export: {console: off, records: [{map: receipts, name: sale, type: sale}]}");
    Path jdk = Path.of(System.getProperty("java.home"));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      child.ask("sell 5");
      Sonde.Result refused = Sonde.run("replace", child.pid(), TestPrograms.path("shopother"));
      assertEquals(1, refused.exitCode(), refused.out());
      assertTrue(
          refused.err().contains("records of map \"receipts\": got {s64 result @0, u64"),
          refused.err());
      assertTrue(
          refused.err().contains(", want {u64 duration_ns @0, s64 result @8"), refused.err());
      assertEquals(0, Sonde.run("replace", child.pid(), TestPrograms.path("shop")).exitCode());
      child.ask("sell 2");
      Sonde.Result status = Sonde.run("status", child.pid(), "--json");
      assertTrue(status.out().contains("\"run_cnt\" : 7"), status.out());
      assertEquals(0, child.quit());
    }
  }

  private Path config(String export) throws IOException {
    Path file = folder.resolve("shop.yaml");
    Files.writeString(file, "objects: [{file: %s}]\n%s\n".formatted(SHOP_OBJECT, export));
    return file;
  }
}
