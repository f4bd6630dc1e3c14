package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "top",
    description =
        "Show the probes of a JVM by what they cost, and its maps, once a second: runs, time, lost.")
final class TopCommand implements Callable<Integer> {
  private static final String CLEAR = "\u001b[H\u001b[2J";

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PID", description = "The traced JVM.")
  private String pid = "";

  @Option(
      names = {"-n", "--iterations"},
      defaultValue = "0",
      paramLabel = "N",
      description = "End after N screens; 0: at Ctrl-C.")
  private int iterations;

  @Option(
      names = {"-i", "--interval"},
      defaultValue = "1",
      paramLabel = "SECONDS",
      description = "Between two screens. Default: ${DEFAULT-VALUE}.")
  private int intervalSeconds;

  private final Map<String, long[]> before = new HashMap<>();

  /** A probe's line: what happened since the last screen, and in all. */
  private record Row(String text, long nanos, long runs) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    ControlClient client = new ControlClient(Pids.parse(spec, pid), AgentJar.path());
    PrintWriter out = spec.commandLine().getOut();
    boolean terminal = isTerminal();
    long last = System.nanoTime();
    for (int screen = 0; iterations == 0 || screen < iterations; screen++) {
      JsonNode sessions = client.send(Map.of("command", "status"), line -> {}).path("sessions");
      long now = System.nanoTime();
      if (terminal) {
        out.print(CLEAR);
      }
      print(out, sessions, screen == 0 ? 0 : (now - last) / 1e9);
      last = now;
      if (out.checkError()) {
        return 0; // nobody reads any more
      }
      if (iterations == 0 || screen < iterations - 1) {
        Thread.sleep(Math.max(1, intervalSeconds) * 1000L);
      }
    }
    return 0;
  }

  /** From JDK 22 on there is a console without a terminal, too. */
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null || System.getenv("TERM") == null) {
      return false;
    }
    try {
      return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
    } catch (ReflectiveOperationException older) {
      return true;
    }
  }

  private void print(PrintWriter out, JsonNode sessions, double seconds) {
    if (sessions.isEmpty()) {
      out.printf("process %s has no open session%n", pid);
    }
    for (JsonNode session : sessions) {
      out.printf("session %s%n", session.path("session").asText());
      out.printf(
          "  %12s %12s %10s %8s %8s  %s%n", "RUNS/s", "RUNS", "NS/RUN", "CPU %", "LOST", "PROBE");
      List<Row> rows = new ArrayList<>();
      int index = 0;
      for (JsonNode probe : session.path("probes")) {
        rows.add(row(session.path("session").asText() + index++, probe, seconds));
      }
      rows.sort(Comparator.comparingLong(Row::nanos).thenComparingLong(Row::runs).reversed());
      rows.forEach(row -> out.println(row.text));
      for (JsonNode map : session.path("maps")) {
        out.printf(
            "  map %-20s %s, events %s, lost %s%n",
            map.path("name").asText(),
            map.path("type").asText(),
            counters(map.path("events")),
            counters(map.path("lost")));
      }
    }
  }

  private static String counters(JsonNode counters) {
    List<String> words = new ArrayList<>();
    counters
        .properties()
        .forEach(each -> words.add("%,d %s".formatted(each.getValue().asLong(), each.getKey())));
    return String.join(", ", words);
  }

  private Row row(String id, JsonNode probe, double seconds) {
    long runs = probe.path("run_cnt").asLong();
    long nanos = probe.path("run_time_ns").asLong();
    long lost =
        probe.path("recursion_misses").asLong()
            + probe.path("errors").asLong()
            + probe.path("lost").asLong();
    long[] old = before.getOrDefault(id, new long[] {runs, nanos});
    before.put(id, new long[] {runs, nanos});
    double perSecond = seconds == 0 ? 0 : (runs - old[0]) / seconds;
    double cpu = seconds == 0 ? 0 : (nanos - old[1]) / seconds / 1e7;
    String text =
        "  %,12.0f %,12d %,10d %8.2f %,8d  %s %s"
            .formatted(
                perSecond,
                runs,
                runs == 0 ? 0 : nanos / runs,
                cpu,
                lost,
                probe.path("program").asText(),
                probe.path("target").asText());
    return new Row(text, seconds == 0 ? nanos : nanos - old[1], runs);
  }
}
