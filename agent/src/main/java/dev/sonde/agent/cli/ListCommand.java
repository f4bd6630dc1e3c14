package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.agent.control.ControlClient;
import dev.sonde.probes.ProbeGlob;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "list",
    description = {
      "List the JVMs of this machine that can be traced; with a PID the probe points of that JVM:",
      "method/CLASS.METHOD(TYPES), jfr/EVENT, usdt/PATH:PROVIDER:NAME, tracepoint/CATEGORY/NAME,",
      "and uprobe/PATH:SYMBOL when the glob names uprobe."
    },
    footer = {
      "",
      "Examples:",
      "  sonde list                             JVMs",
      "  sonde list 4711 'method/com.shop.*'    methods of loaded classes",
      "  sonde list 4711 'jfr/jdk.G1*'          JFR events",
      "  sonde list 4711 'uprobe/*libjvm*:JVM_*'",
      "  sonde list 'tracepoint:sched:*'        needs no JVM"
    })
final class ListCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PID|GLOB",
      description = "A JVM, or a glob of what needs none.")
  private @Nullable String what;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "*",
      paramLabel = "GLOB",
      description = "Which probe points; all but uprobe if it is left out.")
  private String glob;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (what == null) {
      listJvms();
    } else if (what.matches("[0-9]+")) {
      listPoints(Pids.parse(spec, what), ProbeGlob.of(glob));
    } else {
      ProbeGlob points = ProbeGlob.of(what);
      if (!points.names("tracepoint")) {
        throw new ParameterException(
            spec.commandLine(),
            "got \"%s\", want PID [GLOB] or a glob of tracepoint/, which alone need no JVM"
                .formatted(what));
      }
      print(consumer -> NativePoints.tracepoints(points, consumer));
    }
    return 0;
  }

  private void listPoints(long pid, ProbeGlob points) throws IOException {
    print(
        consumer -> {
          if (points.mayMatch("method/") || points.mayMatch("jfr/")) {
            Map<String, String> request = Map.of("command", "list", "glob", glob);
            new ControlClient(pid, AgentJar.path())
                .send(
                    request, line -> line.path("probes").forEach(p -> consumer.accept(p.asText())));
          }
          if (points.mayMatch("usdt/") || points.names("uprobe")) {
            new NativePoints(pid).forEach(points, consumer);
          }
          if (points.mayMatch("tracepoint/")) {
            NativePoints.tracepoints(points, consumer);
          }
        });
  }

  /** Something that hands over probe points. */
  private interface Points {
    void forEach(Consumer<String> consumer) throws IOException;
  }

  private void print(Points points) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ArrayNode all = JSON.createArrayNode();
      points.forEach(all::add);
      out.println(JSON.createObjectNode().set("probes", all).toPrettyString());
    } else {
      points.forEach(out::println);
    }
    out.flush();
  }

  private void listJvms() {
    PrintWriter out = spec.commandLine().getOut();
    ArrayNode all = JSON.createArrayNode();
    if (!json) {
      out.printf("%8s  %-12s  %s%n", "PID", "USER", "COMMAND");
    }
    try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
      processes
          .filter(ListCommand::isJvm)
          .filter(process -> process.pid() != ProcessHandle.current().pid())
          .sorted(Comparator.comparingLong(ProcessHandle::pid))
          .map(ListCommand::jvm)
          .forEach(
              jvm -> {
                all.add(jvm);
                if (!json) {
                  out.printf(
                      "%8d  %-12s  %s%n",
                      jvm.path("pid").asLong(),
                      jvm.path("user").asText(),
                      jvm.path("command").asText());
                }
              });
    }
    if (json) {
      out.println(JSON.createObjectNode().set("jvms", all).toPrettyString());
    }
    out.flush();
  }

  private static boolean isJvm(ProcessHandle process) {
    String command = process.info().command().orElse("");
    return command.endsWith("/java") || command.endsWith("\\java.exe");
  }

  private static ObjectNode jvm(ProcessHandle process) {
    ProcessHandle.Info info = process.info();
    return JSON.createObjectNode()
        .put("pid", process.pid())
        .put("user", info.user().orElse("?"))
        .put("command", String.join(" ", info.arguments().orElse(new String[] {"?"})));
  }
}
