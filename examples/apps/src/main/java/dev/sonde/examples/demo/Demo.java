package dev.sonde.examples.demo;

import dev.sonde.exporters.profile.Profile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Traces the order service: {@code ./sonde demo}.
 *
 * <p>Two JVMs run the same service, one with the agent and one without, and take turns under load:
 * that gives the cost. Everything that is shown about the traced one came out of the agent by OTLP
 * or as a file. Exits with 1 if a number does not add up.
 */
public final class Demo {
  private static final double WARM_UP_SECONDS = 4; // and again, until hardly anything is compiled
  private static final double TURN_SECONDS = 1.2;
  private static final int SETTLED_PAIRS = 8; // enough, unless --turns says how many pairs
  private static final long PAIRS_NANOS = 32_000_000_000L; // for no more: all stays below a minute
  private static final int STACKS_ONE_IN = 8; // as orders.yaml says
  private static final int STACKS_SLACK = 1000; // each thread and program begins with one
  private static final long MAX_HTML_BYTES = 2 << 20;

  private final PrintStream out;
  private final DemoOptions options;
  private final Telemetry telemetry = new Telemetry();
  private final Report report;
  private final Path home = Installation.home();
  private final Path html = Path.of("demo.html").toAbsolutePath();
  private final Path collapsed = Path.of("demo.collapsed").toAbsolutePath();

  private Demo(PrintStream out, DemoOptions options) {
    this.out = out;
    this.options = options;
    this.report = new Report(out, telemetry);
  }

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try {
      System.exit(new Demo(out, DemoOptions.parse(args)).run() ? 0 : 1);
    } catch (IllegalArgumentException unknown) {
      System.err.println("sonde: demo: " + unknown.getMessage());
      System.exit(2);
    } catch (IOException failure) {
      System.err.println("sonde: demo: " + failure.getMessage());
      System.exit(1);
    }
  }

  private boolean run() throws IOException, InterruptedException {
    Files.deleteIfExists(html);
    Files.deleteIfExists(collapsed);
    Path folder = Files.createTempDirectory("sonde-demo");
    try (OtlpReceiver receiver = new OtlpReceiver(telemetry)) {
      Path config = DemoConfig.write(Installation.config(home), folder, Path.of(""));
      return trace(receiver.endpoint(), config);
    } finally {
      Files.deleteIfExists(folder.resolve("orders.yaml"));
      Files.deleteIfExists(folder);
    }
  }

  private boolean trace(String endpoint, Path config) throws IOException, InterruptedException {
    out.println("Starting the order service (JDK HttpServer, H2 database) twice:");
    String agent = "-javaagent:" + Installation.agentJar(home) + "=" + config;
    out.println("  untraced, and with " + agent);
    out.println("  compilers: " + options.compilers());
    List<String> plain = options.jvm();
    List<String> withAgent = Stream.concat(plain.stream(), Stream.of(agent)).toList();
    Map<String, String> environment = Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    try (ServiceProcess untraced =
            ServiceProcess.start("untraced service", home, plain, environment);
        ServiceProcess traced =
            ServiceProcess.start("traced service", home, withAgent, environment)) {
      Throughput throughput = load(untraced, traced);
      long executed = traced.total();
      int exit = traced.quit();
      return conclude(throughput, executed, exit);
    }
  }

  private Throughput load(ServiceProcess untraced, ServiceProcess traced)
      throws IOException, InterruptedException {
    Throughput throughput = new Throughput();
    LiveLine live = new LiveLine(out, telemetry, untraced);
    warmUp(live, untraced, traced);
    long startNanos = System.nanoTime();
    for (int turn = 0; more(throughput, startNanos); turn++) {
      boolean tracedFirst = turn % 2 == 1; // so that neither always comes after the other
      ServiceProcess.Run first = turn(live, tracedFirst, untraced, traced);
      ServiceProcess.Run second = turn(live, !tracedFirst, untraced, traced);
      throughput.addPair(tracedFirst ? second : first, tracedFirst ? first : second);
    }
    live.stop();
    return throughput;
  }

  /** Until there are enough pairs without compilation, or no time for another. */
  private boolean more(Throughput throughput, long startNanos) {
    if (options.turns() > 0) {
      return throughput.pairs() < options.turns();
    }
    return throughput.pairs() == 0
        || throughput.settledPairs() < SETTLED_PAIRS
            && System.nanoTime() - startNanos < PAIRS_NANOS;
  }

  /** Both at once, a core each: in turns, one would be compiled while the other is measured. */
  private void warmUp(LiveLine live, ServiceProcess untraced, ServiceProcess traced)
      throws IOException, InterruptedException {
    live.turn("warm-up of both", traced);
    boolean settled = false;
    for (double spent = 0; spent < options.warmUpSeconds() && !settled; spent += WARM_UP_SECONDS) {
      untraced.start(WARM_UP_SECONDS);
      traced.start(WARM_UP_SECONDS);
      settled = Throughput.settled(untraced.finish()) & Throughput.settled(traced.finish());
    }
  }

  private static ServiceProcess.Run turn(
      LiveLine live, boolean isTraced, ServiceProcess untraced, ServiceProcess traced)
      throws IOException, InterruptedException {
    ServiceProcess service = isTraced ? traced : untraced;
    live.turn(isTraced ? "load, traced" : "load, untraced", service);
    return service.run(TURN_SECONDS);
  }

  private boolean conclude(Throughput throughput, long executed, int exit) throws IOException {
    SelfCheck check = new SelfCheck();
    check.equal("exit code of the traced service", exit, 0);
    check.equal("statements in the count map", telemetry.sum("sql.statements"), executed);
    check.equal(
        "statements in the histogram map", telemetry.histogram("sql.duration").count(), executed);
    check.equal(
        "log records received", telemetry.logRecords(), telemetry.sum("sonde.records.read"));
    check.equal("records lost", telemetry.sum("sonde.records.lost"), 0);
    check.check(telemetry.logRecords() > 0, "slow statements were seen", "got none");
    boolean files = Files.isRegularFile(html) && Files.isRegularFile(collapsed);
    check.check(files, "demo.html and demo.collapsed are written", "got no such file");
    report.latency();
    report.slowStatements();
    if (files) {
      Profile profile = CollapsedFile.read(collapsed);
      report.stacks(profile);
      report.exported(html, collapsed);
      long sampled = executed / STACKS_ONE_IN;
      check.check(
          profile.total() > sampled / 2 && profile.total() <= sampled + STACKS_SLACK,
          "stacks counted: %,d, of every %dth statement (of two stacks with one hash the first is kept, as in the kernel)"
              .formatted(profile.total(), STACKS_ONE_IN),
          "want about " + sampled);
      check.check(
          Files.size(html) < MAX_HTML_BYTES,
          "demo.html is %,d B".formatted(Files.size(html)),
          "want less than " + MAX_HTML_BYTES);
    }
    report.throughput(throughput);
    out.println(
        "  the application says it executed %,d statements while traced".formatted(executed));
    report.selfCheck(check);
    return !check.failed();
  }
}
