package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import dev.sonde.probes.jfr.JfrLayout;
import dev.sonde.probes.jfr.JfrTypes;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jdk.jfr.EventType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "header",
    description =
        "Print the C struct of a JFR event's context, for programs of SEC(\"jfr/EVENT\").")
final class HeaderCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "EVENT",
      description = "Event types, with jfr/ before the name or without.")
  private List<String> events;

  @Option(
      names = {"-p", "--pid"},
      paramLabel = "PID",
      description = "As that JVM records it; the JVM of this command if it is left out.")
  private @Nullable String pid;

  @Override
  public Integer call() throws IOException {
    StringBuilder text = new StringBuilder("#pragma once\n#include \"sonde.h\"\n");
    for (String event : events) {
      String name = event.startsWith("jfr/") ? event.substring(4) : event;
      text.append('\n').append(pid == null ? own(name) : of(Pids.parse(spec, pid), name));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
    return 0;
  }

  private static String own(String name) throws IOException {
    EventType type =
        JfrTypes.find(name)
            .orElseThrow(
                () ->
                    new IOException(
                        "header: event %s: Java %s has none of that name: an application's own needs -p PID"
                            .formatted(name, Runtime.version().feature())));
    return JfrLayout.of(type).header();
  }

  private static String of(long pid, String name) throws IOException {
    Map<String, String> request = Map.of("command", "header", "event", name);
    JsonNode answer = new ControlClient(pid, AgentJar.path()).send(request, line -> {});
    return answer.path("header").asText();
  }
}
