package dev.sonde.examples.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;

/** A receiver for OTLP over HTTP in this process, decoding with OpenTelemetry's own classes. */
final class OtlpReceiver implements AutoCloseable {
  /** Answers a request's body with the response's. */
  @FunctionalInterface
  private interface Signal {
    byte[] take(InputStream body) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService worker;
  private final Telemetry telemetry;

  OtlpReceiver(Telemetry telemetry) throws IOException {
    this.telemetry = telemetry;
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "otlp-receiver");
              thread.setDaemon(true);
              return thread;
            });
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(worker);
    server.createContext("/v1/metrics", exchange -> answer(exchange, this::metrics));
    server.createContext("/v1/logs", exchange -> answer(exchange, this::logs));
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, Signal signal) throws IOException {
    try (exchange) {
      boolean gzip = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
      InputStream raw = exchange.getRequestBody();
      byte[] response = signal.take(gzip ? new GZIPInputStream(raw) : raw);
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, response.length == 0 ? -1 : response.length);
      if (response.length > 0) {
        exchange.getResponseBody().write(response);
      }
    }
  }

  private byte[] metrics(InputStream body) throws IOException {
    ExportMetricsServiceRequest request = ExportMetricsServiceRequest.parseFrom(body);
    for (ResourceMetrics resource : request.getResourceMetricsList()) {
      telemetry.resource(resource.getResource());
      for (ScopeMetrics scope : resource.getScopeMetricsList()) {
        for (Metric metric : scope.getMetricsList()) {
          telemetry.metric(metric);
        }
      }
    }
    return ExportMetricsServiceResponse.getDefaultInstance().toByteArray();
  }

  private byte[] logs(InputStream body) throws IOException {
    ExportLogsServiceRequest request = ExportLogsServiceRequest.parseFrom(body);
    for (ResourceLogs resource : request.getResourceLogsList()) {
      for (ScopeLogs scope : resource.getScopeLogsList()) {
        for (LogRecord log : scope.getLogRecordsList()) {
          telemetry.log(log);
        }
      }
    }
    return ExportLogsServiceResponse.getDefaultInstance().toByteArray();
  }

  @Override
  public void close() {
    server.stop(0);
    worker.shutdownNow();
  }
}
