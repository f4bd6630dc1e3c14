package dev.sonde.examples.orders;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The shop over HTTP: {@code POST /orders}, {@code GET /customers/N}, {@code GET /products/N},
 * {@code GET /search/LETTERS}.
 */
final class ShopServer implements AutoCloseable {
  /** Answers one request. */
  @FunctionalInterface
  private interface Answer {
    String of(HttpExchange exchange) throws IOException, SQLException;
  }

  private final HttpServer server;
  private final ExecutorService workers;
  private final Shop shop;

  ShopServer(Shop shop, int threads) throws IOException {
    this.shop = shop;
    this.workers = Executors.newFixedThreadPool(threads);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(workers);
    route("/orders", this::order);
    route("/customers/", exchange -> shop.ordersOf(lastNumber(exchange)));
    route("/products/", exchange -> shop.product(lastNumber(exchange)));
    route("/search/", exchange -> shop.search(last(exchange)));
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void route(String path, Answer answer) {
    server.createContext(path, exchange -> respond(exchange, answer));
  }

  /** A request body is {@code customer=N&products=N,N,N}. */
  private String order(HttpExchange exchange) throws IOException, SQLException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII);
    int and = body.indexOf('&');
    int customer = Integer.parseInt(body.substring("customer=".length(), and));
    List<Integer> products = new ArrayList<>();
    for (String product : body.substring(body.indexOf('=', and) + 1).split(",")) {
      products.add(Integer.parseInt(product));
    }
    return shop.placeOrder(customer, products);
  }

  private static String last(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static int lastNumber(HttpExchange exchange) {
    return Integer.parseInt(last(exchange));
  }

  private static void respond(HttpExchange exchange, Answer answer) throws IOException {
    int status = 200;
    String text;
    try {
      text = answer.of(exchange);
    } catch (SQLException | RuntimeException failure) {
      status = 500;
      text = "{\"error\":\"" + failure.getClass().getSimpleName() + "\"}";
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** Ends after the requests that are being answered. */
  @Override
  public void close() {
    server.stop(1);
    workers.shutdown();
    try {
      if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
