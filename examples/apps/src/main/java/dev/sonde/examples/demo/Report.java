package dev.sonde.examples.demo;

import dev.sonde.exporters.console.HistogramText;
import dev.sonde.exporters.console.StackText;
import dev.sonde.exporters.console.UnitFormat;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.signal.Log2Histogram;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the demo found, as text. */
final class Report {
  private static final int SLOWEST = 5;
  private static final int HOTTEST = 5;
  private static final int FRAMES = 7;

  private final PrintStream out;
  private final Telemetry telemetry;
  private final boolean colours = System.console() != null && System.getenv("NO_COLOR") == null;

  Report(PrintStream out, Telemetry telemetry) {
    this.out = out;
    this.telemetry = telemetry;
  }

  void heading(String text) {
    out.println();
    out.println(colours ? "\u001b[1m" + text + "\u001b[0m" : text);
  }

  void latency() {
    Log2Histogram histogram = telemetry.histogram("sql.duration");
    heading("How long do SQL statements take? (h2latency.bpf.c: a log2 histogram map)");
    out.println("  " + HistogramText.summary(histogram, "ns"));
    out.print(HistogramText.chart(histogram, "ns"));
    telemetry
        .counter("sql.statements")
        .forEach((kind, count) -> out.println("  %-8s %,12d".formatted(kind, count)));
  }

  void slowStatements() {
    List<SlowStatement> slowest = telemetry.slowest(SLOWEST);
    heading("Which were slow? (slowsql.bpf.c: ring buffer records, received as OTLP log records)");
    for (SlowStatement statement : slowest) {
      out.println(
          "  %10s  thread %-7d %s"
              .formatted(
                  UnitFormat.format(statement.durationNanos(), "ns"),
                  statement.threadId(),
                  statement.sql()));
    }
  }

  void stacks(Profile profile) {
    heading("Where does the SQL come from? (hotstacks.bpf.c: counts by Java stack)");
    out.print(StackText.hottest(profile, HOTTEST, FRAMES));
  }

  void exported(Path html, Path collapsed) throws IOException {
    heading("What was exported");
    out.println(
        "  OTLP/HTTP    %,d metric data points, %,d log records from service.name=%s process.pid=%s"
            .formatted(
                telemetry.dataPoints(),
                telemetry.logRecords(),
                telemetry.resourceAttribute("service.name"),
                telemetry.resourceAttribute("process.pid")));
    out.println(
        "  flame graph  %s (%,d B): open it in a browser".formatted(html, Files.size(html)));
    out.println("  collapsed    %s (%,d B)".formatted(collapsed, Files.size(collapsed)));
    out.println(
        "  records      %,d seen, %,d lost"
            .formatted(telemetry.sum("sonde.records.read"), telemetry.sum("sonde.records.lost")));
  }

  void throughput(Throughput throughput) {
    heading("What does tracing cost?");
    out.println(
        "  untraced %,.0f statements/s, traced %,.0f statements/s: %.1f %% kept"
            .formatted(
                throughput.untracedPerSecond(),
                throughput.tracedPerSecond(),
                100 * throughput.ratio()));
    out.println(
        throughput.isSettled()
            ? "  (median of the %d of %d pairs of neighbouring turns in which hardly anything was compiled)"
                .formatted(throughput.settledPairs(), throughput.pairs())
            : "  (median of all %d pairs of neighbouring turns, only %d without compilation: too few to speak of a steady state)"
                .formatted(throughput.pairs(), throughput.settledPairs()));
    out.println(
        "  CPU per statement, the whole JVM: untraced %.0f µs, traced %.0f µs"
            .formatted(throughput.untracedCpuMicros(), throughput.tracedCpuMicros()));
  }

  void selfCheck(SelfCheck check) {
    heading("Self-check");
    check.lines().forEach(out::println);
  }
}
