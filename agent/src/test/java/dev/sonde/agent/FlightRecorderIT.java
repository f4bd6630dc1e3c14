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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rings that overwrite, dumped by each kind of trigger; rings in files; what status says. */
class FlightRecorderIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SHOP = TestPrograms.path("shop");
  private static final Path LANES = TestPrograms.path("lanes");

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  private Path config(Path object, String map, String rest) throws IOException {
    Path file = folder.resolve("shop.yaml");
    String least = object.equals(SHOP) ? "variables: {least_amount: 0}, " : "";
    Files.writeString(
        file,
        "objects: [{file: %s, %smaps: [%s]}]%nexport:%n  console: summary%n%s%n"
            .formatted(object, least, map, rest));
    return file;
  }

  private String recorder(String map, String type, String triggers) {
    return "  recorders:%n    - {map: %s, type: %s, file: flight.jsonl, cooldown: 100ms, %s}"
        .formatted(map, type, triggers);
  }

  /** Waits until {@code count} dumps are there and returns the newest, line by line. */
  private List<String> dump(int count) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      List<Path> files;
      try (Stream<Path> all = Files.list(folder)) {
        files = all.filter(f -> f.getFileName().toString().startsWith("flight-")).sorted().toList();
      }
      List<String> lines =
          files.isEmpty() ? List.of() : Files.readAllLines(files.get(files.size() - 1));
      if (files.size() >= count && isWhole(lines)) {
        assertEquals(count, files.size());
        return lines;
      }
      assertTrue(System.nanoTime() < deadline, () -> "only " + files);
      Thread.sleep(20);
    }
  }

  private static boolean isWhole(List<String> lines) throws IOException {
    return !lines.isEmpty()
        && JSON.readTree(lines.get(0)).path("records").asInt() == lines.size() - 1;
  }

  private static long amount(String line) throws IOException {
    return JSON.readTree(line).path("attributes").path("amount").asLong();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void everyTriggerDumpsTheNewestRecords(Path jdk) throws Exception {
    String triggers =
        "on-exception: [dev.sonde.testapp.Shop*SoldOutException],"
            + " on-latency: [{target: dev.sonde.testapp.Shop.linger, over: 40ms}], on-exit: true";
    Path config =
        config(
            SHOP,
            "{name: receipts, overwrite: true, size: 8KiB}",
            recorder("receipts", "sale", triggers));
    try (ChildJvm child = ChildJvm.start(jdk, ChildJvm.agent(config))) {
      child.ask("sell 5000");
      child.ask("linger 1"); // too short to be a trigger
      child.ask("fail 1");
      List<String> lines = dump(1);
      assertTrue(
          lines.get(0).contains("\"trigger\":\"exception dev.sonde.testapp.Shop"), lines.get(0));
      assertEquals(4999, amount(lines.get(lines.size() - 1)));
      assertTrue(lines.size() > 50 && lines.size() < 200, () -> lines.size() + " lines");
      assertEquals(5000 - (lines.size() - 1), amount(lines.get(1)));
      assertTrue(lines.get(1).contains("\"item\":\"item-"), lines.get(1));

      Thread.sleep(150); // the cooldown
      child.ask("sell 10");
      child.ask("linger 60");
      List<String> slow = dump(2);
      assertTrue(slow.get(0).contains("latency dev.sonde.testapp.Shop.linger"), slow.get(0));
      assertEquals(9, amount(slow.get(slow.size() - 1)));

      Sonde.Result asked = Sonde.run("dump", child.pid());
      assertEquals(0, asked.exitCode(), asked.err());
      assertTrue(dump(3).get(0).contains("\"trigger\":\"command line\""), asked.out());

      JsonNode session = status(child);
      JsonNode recorder = session.path("recorders").path(0);
      assertEquals(3, recorder.path("dumps").asInt(), session.toPrettyString());
      JsonNode events = session.path("maps").path(0).path("events");
      assertEquals(5010 - (slow.size() - 1), events.path("overwritten").asLong());
      assertEquals(0, child.quit());
      assertTrue(dump(4).get(0).contains("\"trigger\":\"exit\""));
    }
  }

  private static JsonNode status(ChildJvm child) throws Exception {
    Sonde.Result result = Sonde.run("status", child.pid(), "--json");
    assertEquals(0, result.exitCode(), result.err());
    return JSON.readTree(result.out()).path("sessions").path(0);
  }

  @Test
  void lanesAreDumpedByTime() throws Exception {
    Path config =
        config(
            LANES,
            "{name: samples, overwrite: true, size: 4KiB}",
            recorder("samples", "sample", "on-exit: true"));
    try (ChildJvm child = ChildJvm.start(home(), ChildJvm.agent(config))) {
      child.ask("sell 1000");
      assertEquals(0, child.quit());
      List<String> lines = dump(1);
      assertEquals(999, amount(lines.get(lines.size() - 1)));
      assertEquals(1000 - (lines.size() - 1), amount(lines.get(1)));
      assertTrue(lines.size() > 50, () -> lines.size() + " lines");
    }
  }

  @Test
  void lanesLeaveAsRecordsAndEverySampleIsReadOrCounted() throws Exception {
    Path config =
        config(
            LANES,
            "{name: samples, size: 4KiB}",
            "  records: [{map: samples, type: sample}]\n  interval: 1s");
    try (ChildJvm child = ChildJvm.start(home(), ChildJvm.agent(config))) {
      child.ask("sell 20000");
      JsonNode session = status(child);
      for (int i = 0; i < 50 && settled(session) < 20_000; i++) {
        Thread.sleep(100); // the export thread reads what is left
        session = status(child);
      }
      JsonNode map = session.path("maps").path(0);
      long read = map.path("events").path("read").asLong();
      long full = map.path("lost").path("lane full").asLong();
      assertEquals(20_000, read + full, session.toPrettyString());
      assertEquals(full, session.path("lost").path("lane full").asLong());
      assertEquals(read, session.path("exported").path("records read").asLong());
      assertTrue(full > 0, "a 4 KiB lane was never full");
      String text = Sonde.run("status", child.pid()).out();
      assertTrue(text.contains("lost lane full: "), text);
      assertEquals(0, child.quit());
      String report = child.stderr(); // the console prints what any metric exporter gets
      assertTrue(report.contains("sonde.events.lost"), report);
      assertTrue(report.contains("reason=lane full"), report);
      assertTrue(report.contains("map=samples outcome=read"), report);
    }
  }

  private static long settled(JsonNode session) {
    JsonNode map = session.path("maps").path(0);
    return map.path("events").path("read").asLong() + map.path("lost").path("lane full").asLong();
  }

  @Test
  void aRingInAFileIsReadByTheCommandLineAlone() throws Exception {
    Path ring = folder.resolve("receipts.ring");
    Path config = config(SHOP, "{name: receipts, file: receipts.ring}", "");
    try (ChildJvm child = ChildJvm.start(home(), ChildJvm.agent(config))) {
      child.ask("sell 100");
      Object[] cat = {"ring", "cat", ring, "--object", SHOP, "--type", "sale"};
      List<String> lines = Sonde.run(cat).out().lines().toList();
      assertEquals(100, lines.size());
      assertTrue(lines.get(99).contains("amount=99 item=item-9"), lines.get(99));
      assertEquals("", Sonde.run(cat).out()); // read is read
      child.ask("sell 7");
      ProcessHandle process = ProcessHandle.of(child.pid()).orElseThrow();
      process.destroyForcibly(); // what it has committed is still there
      process.onExit().get(20, TimeUnit.SECONDS);
      Sonde.Result rest = Sonde.run("ring", "cat", ring);
      assertEquals(7, rest.out().lines().count(), rest.err());
    }
  }

  @Test
  void whatCannotBeIsSaidWithAWayOut() throws Exception {
    Path config = config(SHOP, "{name: receipts}", recorder("receipts", "sale", "on-exit: true"));
    refused(config, "want one with \"overwrite: true\" under its object's maps");
    config = config(SHOP, "{name: receipt, overwrite: true}", "");
    refused(config, "map \"receipt\": not in the object, want receipts");
    config = config(SHOP, "{name: sales, overwrite: true}", "");
    refused(config, "got PERCPU_ARRAY, want a RINGBUF or a PERF_EVENT_ARRAY");
    config =
        config(
            SHOP, "{name: receipts, overwrite: true}", "  records: [{map: receipts, type: sale}]");
    refused(config, "export.recorders is for those that do");
  }

  private void refused(Path config, String message) throws Exception {
    try (ChildJvm child = ChildJvm.start(home(), ChildJvm.agent(config))) {
      assertEquals("sold 42", child.ask("sell 6"));
      assertTrue(child.stderr().contains(message), child.stderr());
    }
  }

  private static Path home() {
    return Path.of(System.getProperty("java.home"));
  }
}
