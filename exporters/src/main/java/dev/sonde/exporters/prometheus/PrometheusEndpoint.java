package dev.sonde.exporters.prometheus;

import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.signal.Sink;
import dev.sonde.vm.context.OwnThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Answers {@code GET /metrics}: the maps are read at each scrape.
 *
 * <p>A socket of its own instead of the JDK's HTTP server, which would set up the application's
 * logging and may be missing from a stripped runtime image. One request at a time, each with two
 * seconds to arrive.
 */
public final class PrometheusEndpoint implements Sink {
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int MAX_HEAD_BYTES = 8_192;
  private static final int BACKLOG = 8;

  private final MetricReading metrics;
  private final ServerSocket server;

  /**
   * Binds at once.
   *
   * @param port 0 picks a free one
   * @throws UncheckedIOException if the address is taken or not this machine's
   */
  public PrometheusEndpoint(String host, int port, MetricReading metrics) {
    this.metrics = metrics;
    try {
      server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(host, port), BACKLOG);
    } catch (IOException failure) {
      throw new UncheckedIOException(
          "prometheus: %s:%d: cannot listen: %s, want a free port"
              .formatted(host, port, failure.getMessage()),
          failure);
    }
    OwnThreads.start("sonde-prometheus", this::serve);
  }

  /** Returns the port that it listens on. */
  public int port() {
    return server.getLocalPort();
  }

  @Override
  public String name() {
    return "prometheus";
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        client.setSoTimeout(TIMEOUT_MILLIS);
        answer(client);
      } catch (IOException | RuntimeException gone) {
        // the client went away or sent rubbish, or close() ended accept: the next one is served
      }
    }
  }

  private void answer(Socket client) throws IOException {
    String request = head(client.getInputStream());
    boolean found = request.startsWith("GET /metrics ") || request.startsWith("GET /metrics?");
    byte[] body =
        (found ? PrometheusText.of(metrics.read()) : "want GET /metrics\n")
            .getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(found ? "200 OK" : "404 Not Found", body.length);
    OutputStream out = client.getOutputStream();
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    out.flush();
  }

  /** Reads up to the empty line that ends a request's head. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
    int b = in.read();
    while (b >= 0 && head.length() < MAX_HEAD_BYTES && System.nanoTime() < deadline) {
      head.append((char) b);
      int length = head.length();
      if (length >= 4 && head.indexOf("\r\n\r\n", length - 4) >= 0) {
        break;
      }
      b = in.read();
    }
    return head.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
