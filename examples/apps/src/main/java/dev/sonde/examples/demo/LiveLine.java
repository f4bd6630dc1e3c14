package dev.sonde.examples.demo;

import dev.sonde.exporters.console.UnitFormat;
import dev.sonde.exporters.signal.Log2Histogram;
import java.io.PrintStream;

/** Prints a line a second about the turn that is running. */
final class LiveLine {
  private final PrintStream out;
  private final Telemetry telemetry;
  private final long startNanos = System.nanoTime();
  private volatile ServiceProcess service;
  private volatile String phase;
  private long lastStatements;
  private ServiceProcess last;
  private final Thread printer;

  LiveLine(PrintStream out, Telemetry telemetry, ServiceProcess first) {
    this.out = out;
    this.telemetry = telemetry;
    this.service = first;
    this.last = first;
    this.phase = "warm-up";
    printer = new Thread(this::print, "live-line");
    printer.setDaemon(true);
    printer.start();
  }

  /** Says whose turn it is. */
  void turn(String name, ServiceProcess now) {
    service = now;
    phase = name;
  }

  void stop() throws InterruptedException {
    printer.interrupt();
    printer.join();
  }

  private void print() {
    try {
      while (true) {
        Thread.sleep(1000);
        out.println(line());
      }
    } catch (InterruptedException done) {
      Thread.currentThread().interrupt();
    }
  }

  private String line() {
    ServiceProcess now = service;
    long statements = now.statementsSoFar();
    String rate =
        now == last ? UnitFormat.count(Math.max(0, statements - lastStatements)) + "/s" : "";
    last = now;
    lastStatements = statements;
    Log2Histogram latency = telemetry.histogram("sql.duration");
    return "  %3d s  %-18s %10s   traced so far: %,11d statements  p50 ~%s  p99 ~%s  slow %d"
        .formatted(
            Math.round((System.nanoTime() - startNanos) / 1e9),
            phase,
            rate,
            latency.count(),
            UnitFormat.format(latency.quantile(0.50), "ns"),
            UnitFormat.format(latency.quantile(0.99), "ns"),
            telemetry.logRecords());
  }
}
