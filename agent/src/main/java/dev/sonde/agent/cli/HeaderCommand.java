package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import dev.sonde.probes.AttachException;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.TracepointTarget;
import dev.sonde.probes.jfr.JfrLayout;
import dev.sonde.probes.jfr.JfrTypes;
import dev.sonde.probes.uprobe.Tracefs;
import dev.sonde.probes.uprobe.TracepointStruct;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
        "Print the C struct of the context of programs of SEC(\"jfr/EVENT\") or SEC(\"tracepoint/CATEGORY/NAME\").")
final class HeaderCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "EVENT",
      description =
          "JFR event types, with jfr/ before the name or without; tracepoint/CATEGORY/NAME, globs too.")
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
      text.append('\n').append(struct(event));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
    return 0;
  }

  private String struct(String event) throws IOException {
    if (event.startsWith("tracepoint/") || event.startsWith("tp/")) {
      return tracepoint(event);
    }
    String name = event.startsWith("jfr/") ? event.substring(4) : event;
    return pid == null ? own(name) : of(Pids.parse(spec, pid), name);
  }

  private static String tracepoint(String section) throws IOException {
    try {
      TracepointTarget target = (TracepointTarget) NativeTarget.parse(section);
      return Tracefs.running().find(target).stream()
          .map(format -> TracepointStruct.of(format).header())
          .collect(Collectors.joining("\n"));
    } catch (AttachException | IllegalArgumentException e) {
      throw new IOException("header: " + e.getMessage(), e);
    }
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
