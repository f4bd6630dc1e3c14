package dev.sonde.exporters.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.exporters.signal.Log2Histogram;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrometheusEndpointTest {
  private static final List<Metric> METRICS =
      List.of(
          new Metric(
              "sql.duration",
              "How long\na statement takes",
              "ns",
              MetricKind.HISTOGRAM,
              List.of(
                  new Metric.Point.Distribution(
                      Map.of("db", "a\"b\\c"), new Log2Histogram(new long[] {1, 0, 2, 4}, 30)))),
          new Metric(
              "sql.statements",
              "",
              "{statement}",
              MetricKind.COUNTER,
              List.of(new Metric.Point.Number(Map.of("kind", "SELECT"), 9))),
          new Metric(
              "heap.size",
              "",
              "By",
              MetricKind.GAUGE,
              List.of(new Metric.Point.Number(Map.of(), -5))));

  private static final String TEXT =
      """
      # HELP sql_duration_nanoseconds How long\\na statement takes
      # TYPE sql_duration_nanoseconds histogram
      sql_duration_nanoseconds_bucket{db="a\\"b\\\\c",le="1"} 1
      sql_duration_nanoseconds_bucket{db="a\\"b\\\\c",le="3"} 1
      sql_duration_nanoseconds_bucket{db="a\\"b\\\\c",le="7"} 3
      sql_duration_nanoseconds_bucket{db="a\\"b\\\\c",le="+Inf"} 7
      sql_duration_nanoseconds_sum{db="a\\"b\\\\c"} 30.0
      sql_duration_nanoseconds_count{db="a\\"b\\\\c"} 7
      # TYPE sql_statements_total counter
      sql_statements_total{kind="SELECT"} 9
      # TYPE heap_size_bytes gauge
      heap_size_bytes -5
      """;

  private static HttpURLConnection get(int port, String path) throws IOException {
    return (HttpURLConnection)
        URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
  }

  @Test
  void aScrapeGetsTheMapsAsText() throws IOException {
    PrometheusEndpoint endpoint = new PrometheusEndpoint("127.0.0.1", 0, () -> METRICS);
    try {
      for (int scrape = 0; scrape < 3; scrape++) {
        HttpURLConnection connection = get(endpoint.port(), "/metrics");
        assertTrue(connection.getContentType().startsWith("text/plain; version=0.0.4"));
        assertEquals(
            TEXT, new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      }
      assertEquals(404, get(endpoint.port(), "/").getResponseCode());
    } finally {
      endpoint.close();
    }
  }

  @Test
  void rubbishAndSilenceDoNotEndTheEndpoint() throws IOException {
    PrometheusEndpoint endpoint = new PrometheusEndpoint("127.0.0.1", 0, () -> METRICS);
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), endpoint.port());
        Socket rubbish = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
      rubbish.getOutputStream().write(new byte[20_000]);
      HttpURLConnection connection = get(endpoint.port(), "/metrics");
      assertEquals(200, connection.getResponseCode());
      assertTrue(silent.isConnected());
    } finally {
      endpoint.close();
    }
  }

  @Test
  void aPortThatIsTakenIsRefusedWithItsNumber() throws IOException {
    PrometheusEndpoint endpoint = new PrometheusEndpoint("127.0.0.1", 0, () -> METRICS);
    try {
      UncheckedIOException refusal =
          assertThrows(
              UncheckedIOException.class,
              () -> new PrometheusEndpoint("127.0.0.1", endpoint.port(), () -> METRICS));
      assertTrue(refusal.getMessage().contains(String.valueOf(endpoint.port())));
    } finally {
      endpoint.close();
    }
  }
}
