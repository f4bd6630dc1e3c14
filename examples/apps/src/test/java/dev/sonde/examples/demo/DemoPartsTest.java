package dev.sonde.examples.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.exporters.profile.Profile;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoPartsTest {
  @TempDir Path folder;

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static KeyValue attribute(String key, long value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setIntValue(value))
        .build();
  }

  private static int post(String url, byte[] body, boolean gzip) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setDoOutput(true);
    if (gzip) {
      connection.setRequestProperty("Content-Encoding", "gzip");
    }
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    return connection.getResponseCode();
  }

  private static byte[] gzip(byte[] body) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(body);
    }
    return zipped.toByteArray();
  }

  private static byte[] metrics(long selects, long updates) {
    Metric.Builder counter = Metric.newBuilder().setName("sql.statements");
    counter
        .getSumBuilder()
        .addDataPoints(
            NumberDataPoint.newBuilder()
                .setAsInt(selects)
                .addAttributes(attribute("kind", "SELECT")))
        .addDataPoints(
            NumberDataPoint.newBuilder()
                .setAsInt(updates)
                .addAttributes(attribute("kind", "UPDATE")));
    Metric.Builder histogram = Metric.newBuilder().setName("sql.duration");
    histogram
        .getHistogramBuilder()
        .addDataPoints(
            HistogramDataPoint.newBuilder()
                .addAllBucketCounts(List.of(0L, 2L, selects + updates - 2))
                .addAllExplicitBounds(List.of(1.0, 3.0))
                .setSum(77));
    ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
    request
        .addResourceMetricsBuilder()
        .addScopeMetricsBuilder()
        .addMetrics(counter)
        .addMetrics(histogram);
    return request.build().toByteArray();
  }

  @Test
  void theReceiverKeepsTheLatestOfEachMetricAndAllLogRecords() throws IOException {
    Telemetry telemetry = new Telemetry();
    try (OtlpReceiver receiver = new OtlpReceiver(telemetry)) {
      assertEquals(200, post(receiver.endpoint() + "/v1/metrics", metrics(5, 2), false));
      assertEquals(200, post(receiver.endpoint() + "/v1/metrics", gzip(metrics(8, 3)), true));
      ExportLogsServiceRequest.Builder logs = ExportLogsServiceRequest.newBuilder();
      for (long millis : new long[] {7, 9, 8}) {
        logs.addResourceLogsBuilder()
            .addScopeLogsBuilder()
            .addLogRecords(
                LogRecord.newBuilder()
                    .addAttributes(attribute("duration_ns", millis * 1_000_000))
                    .addAttributes(attribute("thread_id", 4))
                    .addAttributes(attribute("sql", "SELECT " + millis)));
      }
      post(receiver.endpoint() + "/v1/logs", logs.build().toByteArray(), false);
    }
    assertEquals(11, telemetry.sum("sql.statements"));
    assertEquals(8, telemetry.counter("sql.statements").get("SELECT"));
    assertEquals(11, telemetry.histogram("sql.duration").count());
    assertEquals(6, telemetry.dataPoints());
    assertEquals(3, telemetry.logRecords());
    assertEquals(
        List.of("SELECT 9", "SELECT 8"),
        telemetry.slowest(2).stream().map(SlowStatement::sql).toList());
  }

  @Test
  void aNumberThatDoesNotAddUpFailsTheCheck() {
    SelfCheck check = new SelfCheck();
    check.equal("statements", 5, 5);
    assertFalse(check.failed());
    check.equal("statements", 1_234_566, 1_234_567);
    assertTrue(check.failed());
    assertEquals(
        "  FAILED  statements: 1,234,566: got 1,234,566, want 1,234,567", check.lines().get(1));
  }

  @Test
  void optionsAreTurnsAndC2() {
    assertEquals(new DemoOptions(0, false), DemoOptions.parse());
    assertEquals(new DemoOptions(12, true), DemoOptions.parse("--c2", "--turns", "12"));
    for (String[] wrong :
        new String[][] {{"--turns"}, {"--turns", "0"}, {"--turns", "100"}, {"x"}}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> DemoOptions.parse(wrong)).getMessage();
      assertEquals("got " + String.join(" ", wrong) + ", want " + DemoOptions.WANT, message);
    }
  }

  @Test
  void theConfigurationPointsAtTheProgramsAndTheCurrentFolder() throws IOException {
    Path config = folder.resolve("programs/orders.yaml");
    Files.createDirectories(config.getParent());
    Files.writeString(
        config,
        """
        objects:
          - file: a.bpf.o # the first
        export:
          files:
            - demo.html
          console: off
        """);
    Path written = DemoConfig.write(config, folder, folder.resolve("out"));
    assertEquals(
        """
        objects:
          - file: "%s" # the first
        export:
          files:
            - "%s"
          console: off
        """
            .formatted(folder.resolve("programs/a.bpf.o"), folder.resolve("out/demo.html")),
        Files.readString(written));
  }

  @Test
  void theRatioIsTheMedianOfNeighbouringTurns() {
    Throughput throughput = new Throughput();
    double[][] pairs = {{1000, 950}, {100, 10}, {2000, 1960}};
    for (double[] pair : pairs) {
      throughput.addPair(
          new ServiceProcess.Run(2, (long) (2 * pair[0]), 1, 0.1),
          new ServiceProcess.Run(2, (long) (2 * pair[1]), 1, 0.1));
    }
    assertTrue(throughput.isSettled());
    assertEquals(0.95, throughput.ratio(), 1e-9);
    assertEquals(1000, throughput.untracedPerSecond(), 1e-9);
  }

  private static ServiceProcess.Run oneSecond(long statements, double compileSeconds) {
    return new ServiceProcess.Run(1, statements, 1, compileSeconds);
  }

  @Test
  void pairsDuringCompilationCountOnlyWhereOthersAreTooFew() {
    Throughput throughput = new Throughput();
    throughput.addPair(oneSecond(1000, 0.05), oneSecond(500, 0.5));
    throughput.addPair(oneSecond(1000, 0.5), oneSecond(600, 0.05));
    throughput.addPair(oneSecond(1000, 0), oneSecond(800, 0));
    throughput.addPair(oneSecond(1000, 0.05), oneSecond(900, 0.05));
    assertFalse(throughput.isSettled());
    assertEquals(0.7, throughput.ratio(), 1e-9);
    throughput.addPair(oneSecond(1000, 0), oneSecond(850, 0));
    assertTrue(throughput.isSettled());
    assertEquals(3, throughput.settledPairs());
    assertEquals(5, throughput.pairs());
    assertEquals(0.85, throughput.ratio(), 1e-9);
  }

  @Test
  void collapsedStacksAreReadLeafFirst() throws IOException {
    Path file = folder.resolve("x.collapsed");
    Files.writeString(file, "a.Main.main;b.C.d 5\na.Main.main 1\n");
    Profile profile = CollapsedFile.read(file);
    assertEquals(6, profile.total());
    assertEquals("b.C.d", profile.samples().get(0).frames().get(0).function());
  }
}
