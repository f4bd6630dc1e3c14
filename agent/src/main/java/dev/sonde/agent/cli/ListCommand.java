package dev.sonde.agent.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "list", description = "List the JVMs of this machine that can be traced.")
final class ListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%8s  %-12s  %s%n", "PID", "USER", "COMMAND");
    ProcessHandle.allProcesses()
        .filter(ListCommand::isJvm)
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .sorted(Comparator.comparingLong(ProcessHandle::pid))
        .forEach(process -> print(out, process));
    out.flush();
    return 0;
  }

  private static boolean isJvm(ProcessHandle process) {
    String command = process.info().command().orElse("");
    return command.endsWith("/java") || command.endsWith("\\java.exe");
  }

  private static void print(PrintWriter out, ProcessHandle process) {
    ProcessHandle.Info info = process.info();
    out.printf(
        "%8d  %-12s  %s%n",
        process.pid(),
        info.user().orElse("?"),
        String.join(" ", info.arguments().orElse(new String[] {"?"})));
  }
}
