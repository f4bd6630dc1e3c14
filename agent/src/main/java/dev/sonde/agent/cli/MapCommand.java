package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "map",
    description = "Read and change the maps of a session; keys and values are hex bytes.")
final class MapCommand implements Runnable {
  private static final Pattern SPACES = Pattern.compile("\\s+|0x");

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a subcommand is missing, want dump, lookup, update or delete");
  }

  @Command(name = "dump", description = "Print every element.")
  int dump(
      @Parameters(paramLabel = "PID") long pid,
      @Parameters(paramLabel = "MAP") String map,
      @Option(names = "--session", defaultValue = "") String session,
      @Option(names = "--json") boolean json)
      throws IOException {
    return print(send(pid, session, map, "dump", null, null), json);
  }

  @Command(name = "lookup", description = "Print the element of a key.")
  int lookup(
      @Parameters(paramLabel = "PID") long pid,
      @Parameters(paramLabel = "MAP") String map,
      @Parameters(paramLabel = "KEY") String key,
      @Option(names = "--session", defaultValue = "") String session,
      @Option(names = "--json") boolean json)
      throws IOException {
    return print(send(pid, session, map, "lookup", key, null), json);
  }

  @Command(name = "update", description = "Set the value of a key.")
  int update(
      @Parameters(paramLabel = "PID") long pid,
      @Parameters(paramLabel = "MAP") String map,
      @Parameters(paramLabel = "KEY") String key,
      @Parameters(paramLabel = "VALUE") String value,
      @Option(names = "--session", defaultValue = "") String session)
      throws IOException {
    send(pid, session, map, "update", key, value);
    return 0;
  }

  @Command(name = "delete", description = "Delete the element of a key.")
  int delete(
      @Parameters(paramLabel = "PID") long pid,
      @Parameters(paramLabel = "MAP") String map,
      @Parameters(paramLabel = "KEY") String key,
      @Option(names = "--session", defaultValue = "") String session)
      throws IOException {
    send(pid, session, map, "delete", key, null);
    return 0;
  }

  private static JsonNode send(
      long pid,
      String session,
      String map,
      String operation,
      @Nullable String key,
      @Nullable String value)
      throws IOException {
    Map<String, String> request = new LinkedHashMap<>();
    request.put("command", "map");
    request.put("operation", operation);
    request.put("session", session);
    request.put("map", map);
    request.put("key", hex(key));
    request.put("value", hex(value));
    return new ControlClient(pid, AgentJar.path()).send(request, line -> {}).path("map");
  }

  private static String hex(@Nullable String text) {
    return text == null ? "" : SPACES.matcher(text).replaceAll("");
  }

  private int print(JsonNode map, boolean json) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(map.toPrettyString());
    } else {
      MapText.print(map, out);
    }
    out.flush();
    return 0;
  }
}
