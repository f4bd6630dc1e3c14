package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.agent.config.Quantity;
import dev.sonde.agent.control.ControlClient;
import dev.sonde.agent.control.SharedFile;
import dev.sonde.vm.BpfCollection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description = {
      "Attach the programs of an object, a script (.asm) or a configuration (.yaml), print records and",
      "maps as they come, and detach on Ctrl-C or after a time; then the maps are printed whole."
    },
    footer = {
      "",
      "Examples:",
      "  sonde run count.bpf.o -p 4711 --attach method/com.shop.Cart.add",
      "  sonde run examples/programs/javagc.bpf.o -p 4711 -d 30s"
    })
final class RunCommand implements Callable<Integer> {
  private static final int KEPT_RECORDS = 10_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "OBJ|SCRIPT", description = "A .bpf.o, .asm or .yaml file.")
  private Path file;

  @Option(
      names = {"-p", "--pid"},
      required = true,
      paramLabel = "PID",
      description = "The JVM to trace.")
  private String pid = "";

  @Option(
      names = "--attach",
      paramLabel = "TARGET",
      description = "Where to, in the form of a section name; may be given several times.")
  private List<String> attach = new ArrayList<>();

  @Option(
      names = "--program",
      paramLabel = "NAME",
      description = "Only this program of the object.")
  private @Nullable String program;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      description = "Stop by itself: 500ms, 30s, 5m.")
  private @Nullable String duration;

  @Option(names = "--json", description = "Print one JSON document at the end.")
  private boolean json;

  private final ArrayNode records = JSON.createArrayNode();
  private final CountDownLatch done = new CountDownLatch(1);

  @Override
  public Integer call() throws IOException {
    ControlClient client = new ControlClient(Pids.parse(spec, pid), AgentJar.path());
    Thread atCtrlC = new Thread(() -> stop(client), "sonde-stop");
    try (SharedFile shared = isYaml() ? null : share(client)) {
      Map<String, Object> request = request(shared);
      Runtime.getRuntime().addShutdownHook(atCtrlC);
      JsonNode answer = client.send(request, line -> progress(line, client));
      end(answer);
    } finally {
      done.countDown();
    }
    return 0;
  }

  /** Has the last answer printed before this JVM is gone. */
  private void stop(ControlClient client) {
    client.stop();
    try {
      if (done.getCount() > 0 && done.await(15, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(0); // Ctrl-C is how a run ends well
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isYaml() {
    return file.toString().endsWith(".yaml") || file.toString().endsWith(".yml");
  }

  private SharedFile share(ControlClient client) throws IOException {
    Objects.requireExists(file);
    return client.share(file);
  }

  /**
   * @param shared the object or script; null: the file is YAML
   */
  private Map<String, Object> request(@Nullable SharedFile shared) throws IOException {
    if (shared == null && (!attach.isEmpty() || program != null)) {
      throw new ParameterException(
          spec.commandLine(), "--attach, --program: got a YAML file too, which says both itself");
    }
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("command", "run");
    request.put("file", file.toAbsolutePath().toString());
    request.put("config", shared == null ? text() : config(shared.inside()));
    if (duration != null) {
      request.put("duration_ns", nanos(duration));
    }
    return request;
  }

  private long nanos(String text) {
    try {
      return Quantity.durationNanos(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--duration: got " + e.getMessage());
    }
  }

  private String text() throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IOException("run: %s: no such file, want a YAML file".formatted(file), e);
    }
  }

  /** A session of one object; programs that are not wanted are switched off. */
  private String config(Path shared) throws IOException {
    ObjectNode root =
        JSON.createObjectNode().put("session", "run-" + ProcessHandle.current().pid());
    ObjectNode object = root.putArray("objects").addObject().put("file", shared.toString());
    ArrayNode programs = object.putArray("programs");
    try (BpfCollection collection = Objects.open(file)) {
      String chosen =
          program == null && attach.isEmpty()
              ? null
              : Objects.one(collection, program).spec().name();
      collection
          .programs()
          .forEach(
              each -> {
                boolean on = chosen == null || each.spec().name().equals(chosen);
                ObjectNode one = programs.addObject().put("name", each.spec().name());
                one.put("enabled", on);
                if (on && !attach.isEmpty()) {
                  one.set("attach", JSON.valueToTree(attach));
                }
              });
    }
    root.putObject("export").put("console", "off");
    return root.toString(); // JSON is YAML
  }

  private void progress(JsonNode line, ControlClient client) {
    if (json) {
      for (JsonNode record : line.path("records")) {
        if (records.size() < KEPT_RECORDS) {
          records.add(record);
        }
      }
      return;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (line.has("session")) {
      new SessionPrinter(out).attached(line.path("session"));
    }
    line.path("records").forEach(record -> LiveText.record(record, out));
    if (line.has("maps")) {
      LiveText.maps(line.path("maps"), out);
    }
    if (out.checkError()) { // which flushes
      client.stop(); // nobody reads any more
    }
  }

  private void end(JsonNode answer) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode document = JSON.createObjectNode();
      document.set("session", answer.path("session"));
      document.set("records", records);
      document.set("maps", answer.path("maps"));
      out.println(document.toPrettyString());
    } else {
      out.println();
      LiveText.maps(answer.path("maps"), out);
      new SessionPrinter(out).detached(answer.path("session"));
    }
    out.flush();
  }
}
