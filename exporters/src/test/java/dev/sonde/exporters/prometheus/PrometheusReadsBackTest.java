package dev.sonde.exporters.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.exporters.signal.Log2Histogram;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes the endpoint and is asked what it understood. */
class PrometheusReadsBackTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");

  /** 100 values: 50 in [16, 31], 50 in [64, 127]. */
  private static final List<Metric> METRICS =
      List.of(
          new Metric(
              "sql.duration",
              "How long",
              "ns",
              MetricKind.HISTOGRAM,
              List.of(
                  new Metric.Point.Distribution(
                      Map.of(), new Log2Histogram(new long[] {0, 0, 0, 0, 50, 0, 50, 0}, 5_000)))),
          new Metric(
              "sql.statements",
              "",
              "{statement}",
              MetricKind.COUNTER,
              List.of(
                  new Metric.Point.Number(Map.of("kind", "SELECT"), 1_234_567),
                  new Metric.Point.Number(Map.of("kind", "UPDATE"), 89))));

  @TempDir Path folder;

  @Test
  @Timeout(value = 90, unit = TimeUnit.SECONDS)
  void countersAreExactAndQuantilesWork() throws Exception {
    assumeTrue(Files.isExecutable(PROMETHEUS), "no " + PROMETHEUS + ": not read back");
    PrometheusEndpoint endpoint = new PrometheusEndpoint("127.0.0.1", 0, () -> METRICS);
    int port = freePort();
    Process prometheus = start(endpoint.port(), port);
    try {
      assertEquals("1234567", ask(port, "sql_statements_total{kind=\"SELECT\"}"));
      assertEquals("1234656", ask(port, "sum(sql_statements_total)"));
      assertEquals("100", ask(port, "sql_duration_nanoseconds_count"));
      assertEquals("5000", ask(port, "sql_duration_nanoseconds_sum"));
      double p75 =
          Double.parseDouble(
              ask(port, "histogram_quantile(0.75, sql_duration_nanoseconds_bucket)"));
      assertTrue(p75 >= 63 && p75 <= 127, () -> "p75 = " + p75);
    } finally {
      prometheus.destroy();
      prometheus.waitFor(10, TimeUnit.SECONDS);
      prometheus.destroyForcibly();
      endpoint.close();
    }
  }

  private Process start(int target, int port) throws IOException {
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global:
          scrape_interval: 200ms
          scrape_timeout: 200ms
        scrape_configs:
          - job_name: sonde
            static_configs:
              - targets: ["127.0.0.1:%d"]
        """
            .formatted(target));
    return new ProcessBuilder(
            PROMETHEUS.toString(),
            "--config.file=" + config,
            "--storage.tsdb.path=" + folder.resolve("data"),
            "--web.listen-address=127.0.0.1:" + port)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("prometheus.log").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Asks until there is an answer: the first scrape takes a moment. */
  private String ask(int port, String query) throws IOException, InterruptedException {
    URI uri =
        URI.create(
            "http://127.0.0.1:%d/api/v1/query?query=%s"
                .formatted(port, URLEncoder.encode(query, StandardCharsets.UTF_8)));
    Pattern value = Pattern.compile("\"value\":\\[[0-9.]+,\"([^\"]+)\"\\]");
    String last = "";
    for (int attempt = 0; attempt < 200; attempt++) {
      try (var in = uri.toURL().openStream()) {
        last = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        Matcher matcher = value.matcher(last);
        if (matcher.find()) {
          return matcher.group(1);
        }
      } catch (IOException notYet) {
        last = notYet.toString();
      }
      Thread.sleep(100);
    }
    throw new AssertionError(
        query + ": " + last + "\n" + Files.readString(folder.resolve("prometheus.log")));
  }
}
