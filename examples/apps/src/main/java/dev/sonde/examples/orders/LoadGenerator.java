package dev.sonde.examples.orders;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Customers in a closed loop: each thread sends its next request when the last one is answered, and
 * one more thread asks for a slow report every so often.
 */
final class LoadGenerator {
  private static final long REPORT_PERIOD_MILLIS = 400;

  private final Shop shop;
  private final String base;
  private final int threads;
  private final LongAdder requests = new LongAdder();
  private int reports;

  LoadGenerator(Shop shop, int port, int threads) {
    this.shop = shop;
    this.base = "http://127.0.0.1:" + port;
    this.threads = threads;
  }

  long requests() {
    return requests.sum();
  }

  /**
   * Loads the service for {@code seconds}; returns when the last request is answered.
   *
   * @param customers how many there are at once; 0: as many as the service has threads
   */
  void run(double seconds, int customers) throws InterruptedException {
    long endNanos = System.nanoTime() + (long) (seconds * 1e9);
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < (customers > 0 ? customers : threads); i++) {
      running.add(start("customer-" + i, () -> customer(endNanos)));
    }
    running.add(start("reports", () -> reports(endNanos)));
    for (Thread thread : running) {
      thread.join();
    }
  }

  private static Thread start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void customer(long endNanos) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    while (System.nanoTime() < endNanos) {
      int what = random.nextInt(10);
      if (what < 4) {
        send("/orders", orderOf(random));
      } else if (what < 7) {
        send("/customers/" + shop.randomCustomer(), null);
      } else {
        send("/products/" + shop.randomProduct(), null);
      }
      requests.increment();
    }
  }

  private String orderOf(ThreadLocalRandom random) {
    StringBuilder body = new StringBuilder("customer=" + shop.randomCustomer() + "&products=");
    int lines = 1 + random.nextInt(4);
    for (int i = 0; i < lines; i++) {
      body.append(i > 0 ? "," : "").append(shop.randomProduct());
    }
    return body.toString();
  }

  private void send(String path, @Nullable String body) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create(base + path).toURL().openConnection();
      if (body != null) {
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
          out.write(body.getBytes(StandardCharsets.US_ASCII));
        }
      }
      try (InputStream in = connection.getInputStream()) {
        in.readAllBytes();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("order service: " + path, e);
    }
  }

  private void reports(long endNanos) {
    try {
      while (System.nanoTime() < endNanos) {
        shop.slowReport(reports++);
        Thread.sleep(REPORT_PERIOD_MILLIS);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("order service: slow report", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
