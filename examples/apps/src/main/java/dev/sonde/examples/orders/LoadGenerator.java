package dev.sonde.examples.orders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * Customers in a closed loop: each thread sends its next request when the last one is answered. As
 * in any shop, most look at products and search, and one request in five is an order. One more
 * thread asks for a slow report every so often.
 */
final class LoadGenerator {
  private static final long REPORT_PERIOD_MILLIS = 400;

  private final Shop shop;
  private final int port;
  private final int customers;
  private final LongAdder requests = new LongAdder();
  private int reports;

  LoadGenerator(Shop shop, int port, int customers) {
    this.shop = shop;
    this.port = port;
    this.customers = customers;
  }

  long requests() {
    return requests.sum();
  }

  /** Loads the service for {@code seconds}; returns when the last request is answered. */
  void run(double seconds) throws InterruptedException {
    long endNanos = System.nanoTime() + (long) (seconds * 1e9);
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < customers; i++) {
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
    try (ShopClient client = new ShopClient(port)) {
      while (System.nanoTime() < endNanos) {
        visit(client, random);
        requests.increment();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("order service: " + e.getMessage(), e);
    }
  }

  private void visit(ShopClient client, ThreadLocalRandom random) throws IOException {
    int what = random.nextInt(10);
    if (what < 2) {
      client.post("/orders", orderOf(random));
    } else if (what < 4) {
      client.get("/customers/" + shop.randomCustomer());
    } else if (what < 7) {
      client.get("/products/" + shop.randomProduct());
    } else {
      client.get("/search/" + shop.randomProduct() % 100);
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
