package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sonde.agent.control.ControlClient;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "trace",
    description = "Print what programs print (bpf_printk), as the kernel's trace_pipe.")
final class TraceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PID", description = "The traced JVM.")
  private long pid;

  @Option(
      names = {"-d", "--duration"},
      defaultValue = "0",
      paramLabel = "SECONDS",
      description = "Stop after that many seconds; 0: with Ctrl-C.")
  private int seconds;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Map<String, Object> request = Map.of("command", "trace", "seconds", seconds);
    ControlClient client = new ControlClient(pid, AgentJar.path());
    JsonNode answer =
        client.send(
            request,
            line -> {
              if (line.has("line")) {
                out.println(line.get("line").asText().stripTrailing());
                if (out.checkError()) { // which flushes
                  client.stop(); // nobody reads any more
                }
              }
            });
    long lost = answer.path("lost").asLong();
    if (lost > 0) {
      spec.commandLine().getErr().printf("%d lines were overwritten before they were read%n", lost);
    }
    return 0;
  }
}
