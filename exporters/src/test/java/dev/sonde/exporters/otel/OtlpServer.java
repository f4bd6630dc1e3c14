package dev.sonde.exporters.otel;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.profiles.v1development.ExportProfilesServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/** An OTLP/HTTP receiver that decodes with OpenTelemetry's own message classes. */
public final class OtlpServer implements AutoCloseable {
  private final HttpServer server;
  private final int status;
  public final List<Metric> metrics = new CopyOnWriteArrayList<>();
  public final List<LogRecord> logs = new CopyOnWriteArrayList<>();
  public final List<ExportProfilesServiceRequest> profiles = new CopyOnWriteArrayList<>();
  public final List<Resource> resources = new CopyOnWriteArrayList<>();

  /**
   * @param status what it answers with
   */
  public OtlpServer(int status) throws IOException {
    this.status = status;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext("/v1/metrics", this::takeMetrics);
    server.createContext("/v1/logs", this::takeLogs);
    server.createContext("/v1development/profiles", this::takeProfiles);
    server.start();
  }

  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static InputStream body(HttpExchange exchange) throws IOException {
    boolean gzip = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    return gzip ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody();
  }

  private void takeMetrics(HttpExchange exchange) throws IOException {
    try (exchange) {
      ExportMetricsServiceRequest.parseFrom(body(exchange))
          .getResourceMetricsList()
          .forEach(
              resource -> {
                resources.add(resource.getResource());
                resource
                    .getScopeMetricsList()
                    .forEach(scope -> metrics.addAll(scope.getMetricsList()));
              });
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private void takeProfiles(HttpExchange exchange) throws IOException {
    try (exchange) {
      profiles.add(ExportProfilesServiceRequest.parseFrom(body(exchange)));
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private void takeLogs(HttpExchange exchange) throws IOException {
    try (exchange) {
      ExportLogsServiceRequest.parseFrom(body(exchange))
          .getResourceLogsList()
          .forEach(
              resource ->
                  resource
                      .getScopeLogsList()
                      .forEach(scope -> logs.addAll(scope.getLogRecordsList())));
      exchange.sendResponseHeaders(status, -1);
    }
  }

  /** Returns the last data of a metric. */
  public Metric latest(String name) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .reduce((first, second) -> second)
        .orElseThrow(() -> new AssertionError("no metric " + name + " among " + metrics));
  }

  /** Returns attributes as text by name. */
  public static Map<String, String> attributes(List<KeyValue> attributes) {
    Map<String, String> texts = new TreeMap<>();
    attributes.forEach(a -> texts.put(a.getKey(), text(a.getValue())));
    return texts;
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case INT_VALUE -> String.valueOf(value.getIntValue());
      case STRING_VALUE -> value.getStringValue();
      default -> value.toString();
    };
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
