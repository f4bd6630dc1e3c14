package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jacoco.core.data.ExecutionData;
import org.jacoco.core.tools.ExecFileLoader;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Other agents on the same JVM, before Sonde and behind it: all see what they see alone. */
class OtherAgentsIT {
  private static final Path AGENTS = Path.of("target/agents").toAbsolutePath();
  private static final int SALES = 40;

  @TempDir Path folder;

  static Stream<Arguments> jdksInBothOrders() throws IOException {
    return ChildJvm.jdks()
        .flatMap(jdk -> Stream.of(Arguments.of(jdk, true), Arguments.of(jdk, false)));
  }

  @ParameterizedTest(name = "{0}, Sonde first: {1}")
  @MethodSource("jdksInBothOrders")
  void openTelemetryMakesItsSpans(Path jdk, boolean sondeFirst) throws Exception {
    List<String> arguments =
        inOrder(sondeFirst, "-javaagent:" + AGENTS.resolve("opentelemetry-javaagent.jar"));
    arguments.add("-Dotel.instrumentation.common.default-enabled=false");
    arguments.add("-Dotel.instrumentation.methods.enabled=true");
    arguments.add("-Dotel.instrumentation.methods.include=dev.sonde.testapp.Shop[sell]");
    arguments.add("-Dotel.traces.exporter=console");
    arguments.add("-Dotel.metrics.exporter=none");
    arguments.add("-Dotel.logs.exporter=none");
    try (ChildJvm child = ChildJvm.start(jdk, arguments.toArray(String[]::new))) {
      assertSondeCountsAndDetaches(child);
      long spans = child.stderr().lines().filter(l -> l.contains("'Shop.sell'")).count();
      assertEquals(2 * SALES, spans, child.stderr());
    }
  }

  @ParameterizedTest(name = "{0}, Sonde first: {1}")
  @MethodSource("jdksInBothOrders")
  void jacocoCoversTheSame(Path jdk, boolean sondeFirst) throws Exception {
    Path alone = folder.resolve("alone.exec");
    try (ChildJvm child = ChildJvm.start(jdk, jacoco(alone))) {
      child.ask("sell " + SALES);
      child.ask("sell " + SALES);
      assertEquals(0, child.quit());
    }
    Path beside = folder.resolve("beside.exec");
    List<String> arguments = inOrder(sondeFirst, jacoco(beside));
    try (ChildJvm child = ChildJvm.start(jdk, arguments.toArray(String[]::new))) {
      assertSondeCountsAndDetaches(child);
    }
    ExecutionData expected = shop(alone);
    ExecutionData covered = shop(beside);
    assertEquals(expected.getId(), covered.getId(), "the class file that JaCoCo saw");
    assertArrayEquals(expected.getProbes(), covered.getProbes());
  }

  private static String jacoco(Path file) {
    return "-javaagent:" + AGENTS.resolve("jacoco-agent.jar") + "=destfile=" + file;
  }

  private List<String> inOrder(boolean sondeFirst, String other) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("shop.yaml"),
            "objects: [{file: %s, variables: {least_amount: 0}}]\nexport: {console: off}\n"
                .formatted(TestPrograms.path("shop")));
    List<String> arguments = new ArrayList<>();
    arguments.add(sondeFirst ? ChildJvm.agent(config) : other);
    arguments.add(sondeFirst ? other : ChildJvm.agent(config));
    return arguments;
  }

  /** Sells twice, once with probes and once after the detach. */
  private void assertSondeCountsAndDetaches(ChildJvm child) throws Exception {
    child.ask("sell " + SALES);
    Sonde.Result status = Sonde.run("status", child.pid(), "--json");
    assertTrue(status.out().contains("\"run_cnt\" : " + SALES + ","), status.out() + status.err());
    assertTrue(status.out().contains("\"errors\" : 0"), status.out());
    assertEquals(List.of("sell"), WovenCode.callersOfSonde(child, folder), "while it counts");
    Sonde.Result detached = Sonde.run("detach", child.pid());
    assertEquals(0, detached.exitCode(), detached.err());
    assertEquals(List.of(), WovenCode.callersOfSonde(child, folder), "after the detach");
    child.ask("sell " + SALES);
    assertEquals(0, child.quit());
    assertEquals(
        List.of(),
        child
            .stderr()
            .lines()
            .filter(l -> l.contains("Error") || l.contains("Exception"))
            .toList());
  }

  private static ExecutionData shop(Path file) throws IOException {
    ExecFileLoader loader = new ExecFileLoader();
    loader.load(file.toFile());
    return loader.getExecutionDataStore().getContents().stream()
        .filter(data -> data.getName().equals("dev/sonde/testapp/Shop"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(file + " has no Shop"));
  }
}
