package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.session.LeftOut;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Sessions as people read them. */
final class SessionPrinter {
  private final PrintWriter out;

  SessionPrinter(PrintWriter out) {
    this.out = out;
  }

  void json(JsonNode answer) {
    out.println(answer.toPrettyString());
    out.flush();
  }

  void attached(JsonNode session) {
    out.printf("session %s is open%n", session.path("session").asText());
    session.path("probes").forEach(this::probe);
    out.flush();
  }

  void detached(JsonNode session) {
    out.printf("session %s is closed%n", session.path("session").asText());
    session.path("probes").forEach(this::probe);
    events(session);
    counters("lost", session.path("lost"));
    counters("exported", session.path("exported"));
    out.flush();
  }

  void status(long pid, JsonNode sessions) {
    if (sessions.isEmpty()) {
      out.printf("process %d has no open session%n", pid);
    }
    sessions.forEach(
        session -> {
          out.printf("session %s%n", session.path("session").asText());
          session.path("programs").forEach(this::program);
          engines(session.path("programs"));
          session.path("probes").forEach(this::probe);
          events(session);
          counters("lost", session.path("lost"));
          counters("exported", session.path("exported"));
        });
    out.flush();
  }

  private void program(JsonNode program) {
    out.printf(
        "  program %-20s %s, %d insns, %d verified, %s%n",
        program.path("name").asText(),
        program.path("section").asText(),
        program.path("insns").asInt(),
        program.path("verified_insns").asInt(),
        program.path("engine").asText());
  }

  /** Programs that run slower than they were asked to are not to be overlooked. */
  private void engines(JsonNode programs) {
    long interpreted = 0;
    for (JsonNode program : programs) {
      String why = program.path("engine_why").asText();
      interpreted += why.isEmpty() ? 0 : 1;
      if (!why.isEmpty()) {
        out.printf("    note %s%n", why);
      }
    }
    if (interpreted > 0) {
      out.printf("  engine  %,d of %,d programs interpreted%n", interpreted, programs.size());
    }
  }

  private void probe(JsonNode probe) {
    out.printf(
        "  probe   %-20s %s: %,d place%s, %,d runs, %,d suppressed, %,d held back, %,d failed%s%n",
        probe.path("program").asText(),
        probe.path("target").asText(),
        probe.path("matches").asInt(),
        probe.path("matches").asInt() == 1 ? "" : "s",
        probe.path("run_cnt").asLong(),
        probe.path("recursion_misses").asLong(),
        probe.path("limited").asLong(),
        probe.path("errors").asLong(),
        probe.path("disabled").asText().isEmpty()
            ? ""
            : ", OFF: " + probe.path("disabled").asText());
    List<String> refused = new ArrayList<>();
    probe.path("refused").forEach(place -> refused.add(place.asText()));
    LeftOut.lines(refused).forEach(line -> out.printf("    refused %s%n", line));
    probe.path("warnings").forEach(warning -> out.printf("    note %s%n", warning.asText()));
    if (probe.path("lost").asLong() > 0) {
      out.printf(
          "    lost %,d, for want of room in the kernel's rings%n", probe.path("lost").asLong());
    }
  }

  private void events(JsonNode session) {
    for (JsonNode map : session.path("maps")) {
      JsonNode events = map.path("events");
      out.printf(
          "  ring    %-20s %s: %,d read, %,d discarded, %,d overwritten%s%n",
          map.path("name").asText(),
          map.path("type").asText(),
          events.path("read").asLong(),
          events.path("discarded").asLong(),
          events.path("overwritten").asLong(),
          losses(map.path("lost")));
    }
    for (JsonNode recorder : session.path("recorders")) {
      String last = recorder.path("last_file").asText();
      out.printf(
          "  recorder %-19s %,d dumps, %,d triggers within the cooldown%s%n",
          recorder.path("name").asText(),
          recorder.path("dumps").asLong(),
          recorder.path("suppressed").asLong(),
          last.isEmpty() ? "" : ", last " + recorder.path("last_trigger").asText() + ": " + last);
    }
  }

  /** Only the reasons that have happened: the sums stand below. */
  private static String losses(JsonNode lost) {
    StringBuilder text = new StringBuilder();
    lost.properties()
        .forEach(
            entry -> {
              if (entry.getValue().asLong() > 0) {
                text.append(", %,d %s".formatted(entry.getValue().asLong(), entry.getKey()));
              }
            });
    return text.toString();
  }

  private void counters(String what, JsonNode counters) {
    counters
        .properties()
        .forEach(
            entry -> out.printf("  %s %s: %,d%n", what, entry.getKey(), entry.getValue().asLong()));
  }
}
