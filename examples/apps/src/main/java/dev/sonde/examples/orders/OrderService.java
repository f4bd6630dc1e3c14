package dev.sonde.examples.orders;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The order service with its own load, steered by lines on stdin, answered by lines on stdout:
 *
 * <pre>
 * run SECONDS           loads the service; answers "ran SECONDS statements N requests N compiled MS",
 *                       exactly; compiled: what the JIT compilers took since the start of the JVM
 * total                 answers "total statements N": all since the start of the JVM
 * quit                  ends; so does the end of stdin
 * </pre>
 *
 * While it runs it prints "tick statements N" five times a second, N since the start of the JVM.
 * With an argument, as in {@code OrderService 30}, it runs for so many seconds and ends.
 */
public final class OrderService {
  private static final int THREADS = 4;
  private static final long TICK_MILLIS = 200;

  private final Database database;
  private final LoadGenerator load;

  private OrderService(Database database, LoadGenerator load) {
    this.database = database;
    this.load = load;
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // else Nagle delays each answer
    try (Database database = new Database(THREADS + 1)) {
      Shop shop = new Shop(database);
      try (ShopServer server = new ShopServer(shop, THREADS)) {
        LoadGenerator load = new LoadGenerator(shop, server.port(), THREADS);
        say("ready port " + server.port() + " pid " + ProcessHandle.current().pid());
        OrderService service = new OrderService(database, load);
        if (args.length > 0) {
          service.run(Double.parseDouble(args[0]));
        } else {
          service.obey();
        }
      }
      say("total statements " + database.executed());
    }
  }

  private void obey() throws IOException, InterruptedException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.strip().split("\\s+");
      switch (words[0]) {
        case "run" -> run(Double.parseDouble(words[1]));
        case "total" -> say("total statements " + database.executed());
        case "quit" -> {
          return;
        }
        default -> say("unknown command " + words[0] + ", want run SECONDS, total or quit");
      }
    }
  }

  private void run(double seconds) throws InterruptedException {
    long statements = database.executed();
    long requests = load.requests();
    long start = System.nanoTime();
    Thread ticker = ticker();
    load.run(seconds);
    double took = (System.nanoTime() - start) / 1e9;
    ticker.interrupt();
    ticker.join();
    say(
        String.format(
            Locale.ROOT,
            "ran %.3f statements %d requests %d compiled %d",
            took,
            database.executed() - statements,
            load.requests() - requests,
            compiledMillis()));
  }

  private static long compiledMillis() {
    CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    return compilers == null ? 0 : compilers.getTotalCompilationTime(); // null: -Xint
  }

  private Thread ticker() {
    Thread ticker =
        new Thread(
            () -> {
              try {
                while (true) {
                  Thread.sleep(TICK_MILLIS);
                  say("tick statements " + database.executed());
                }
              } catch (InterruptedException done) {
                Thread.currentThread().interrupt();
              }
            },
            "ticker");
    ticker.setDaemon(true);
    ticker.start();
    return ticker;
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
