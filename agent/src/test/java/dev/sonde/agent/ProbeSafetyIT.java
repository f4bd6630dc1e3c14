package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What keeps a probe from hurting: its budget, and handles that end with their event. */
class ProbeSafetyIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aProbeOverItsBudgetIsSwitchedOffSaidAndCounted(Path jdk) throws Exception {
    Path config =
        config(
            """
            objects:
              - file: %s
                programs: [{name: sold, limits: {max-cpu: 0.1%%}}]
            """
                .formatted(TestPrograms.path("shop")));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      JsonNode probe = probe(child);
      while (!child.stderr().contains("switched off: ") && System.nanoTime() < deadline) {
        child.ask("burn 300"); // nothing but the traced method
        probe = probe(child);
      }
      String said = child.stderr();
      assertTrue(
          said.contains(
              "program \"sold\": target methodret/dev.sonde.testapp.Shop.sell: switched off: its"
                  + " programs took "),
          said);
      assertTrue(said.contains(" % of a CPU, at most 0.1 % are granted"), said);
      probe = probe(child);
      assertTrue(probe.path("disabled").asText().startsWith("its programs took"), probe::toString);
      child.ask("sell 1000");
      assertEquals(
          probe.path("run_cnt"), probe(child).path("run_cnt"), "runs of a probe that is off");
      String status = Sonde.run("status", child.pid()).out();
      assertTrue(status.contains(", OFF: its programs took "), status);
      assertEquals(0, child.quit());
      assertTrue(
          child.stderr().matches("(?s).*sonde\\.probes\\.off .*?\\R *1 probe\\b.*"),
          child.stderr());
    }
  }

  /** A glob that somebody sooner or later types: each method of each class, the JDK's included. */
  @ParameterizedTest
  @MethodSource("jdks")
  void everyMethodOfTheJvmIsTracedAndLetGo(Path jdk) throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("every.yaml"),
            """
            objects:
              - {file: %s, variables: {least_amount: 0}}
              - file: %s
                programs: [{name: count, attach: ["method/*.*"]}]
            export: {console: off}
            """
                .formatted(
                    TestPrograms.path("shop"),
                    Path.of("../examples/bench/probes/counter.bpf.o").toAbsolutePath()));
    try (ChildJvm child = ChildJvm.start(jdk)) {
      for (int sales : new int[] {378, 379}) {
        Sonde.Result attached = Sonde.run("attach", child.pid(), "-c", config);
        assertEquals(0, attached.exitCode(), attached.err());
        child.ask("sell " + sales);
        String status = Sonde.run("status", child.pid(), "--json").out();
        JsonNode probes = JSON.readTree(status).path("sessions").path(0).path("probes");
        assertEquals(sales, probes.path(0).path("run_cnt").asInt(), status);
        assertTrue(probes.path(1).path("matches").asInt() > 5000, status);
        assertTrue(probes.path(1).path("run_cnt").asInt() > sales, status);
        assertEquals(0, probes.path(1).path("errors").asInt(), status);
        assertEquals(0, Sonde.run("detach", child.pid()).exitCode());
        child.ask("sell 5");
      }
      assertEquals("visible", child.ask("see java.text.Collator"), "it can load what it likes");
      assertEquals(0, child.quit());
      assertEquals(List.of(), child.noise());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void whatCannotBeWovenWhenItIsLoadedIsSaid(Path jdk) throws Exception {
    Path config =
        config(
            """
            objects:
              - file: %s
                programs: [{name: sold, attach: ["methodret/java.text.Collator.*"]}]
            """
                .formatted(TestPrograms.path("shop")));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      assertEquals("visible", child.ask("see java.text.Collator"));
      String said =
          "sonde: program \"sold\": target methodret/java.text.Collator.*: left out"
              + " java.text.Collator.compare(String, String): it is abstract";
      child.awaitStderr(said);
      assertTrue(child.stderr().contains(said), child.stderr());
      assertEquals(0, child.quit());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aHandleOfAnEventThatIsOverNamesNothing(Path jdk) throws Exception {
    Path config =
        config(
            """
            objects:
              - file: %s
                programs:
                  - name: keep
                    attach:
                      - method/dev.sonde.testapp.Shop.sell
                      - method/dev.sonde.testapp.Shop.browse
            """
                .formatted(TestPrograms.path("keeper")));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      child.ask("load 3"); // handles of one carrier are used on the others, too
      long good = 0;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (good < 20_000 && System.nanoTime() < deadline) {
        child.ask("sell 1000");
        child.ask("collect 1"); // what was referred to may have moved, or be gone
        good = value(child, 1);
      }
      assertTrue(good >= 20_000, good + " strings of the events' own");
      assertTrue(value(child, 2) > good, value(child, 2) + " answers to stale handles");
      assertEquals(0, value(child, 3), "answers that were wrong");
      assertEquals(0, probe(child).path("errors").asInt());
      assertEquals(0, child.quit());
    }
  }

  private static JsonNode probe(ChildJvm child) throws Exception {
    String status = Sonde.run("status", child.pid(), "--json").out();
    return JSON.readTree(status).path("sessions").path(0).path("probes").path(0);
  }

  /** Returns an element of the map, an array of 64-bit numbers. */
  private static long value(ChildJvm child, int index) throws Exception {
    String key = "0%d 00 00 00".formatted(index);
    Sonde.Result found = Sonde.run("map", "lookup", child.pid(), "handles", key, "--json");
    String hex = JSON.readTree(found.out()).at("/elements/0/value").asText();
    assertEquals(16, hex.length(), found.out() + found.err());
    return Long.reverseBytes(Long.parseUnsignedLong(hex, 16)); // as it lies in memory
  }

  private Path config(String objects) throws IOException {
    return Files.writeString(
        folder.resolve("probes.yaml"), objects + "export: {console: summary}\n");
  }
}
