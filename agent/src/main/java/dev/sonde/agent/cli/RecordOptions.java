package dev.sonde.agent.cli;

import dev.sonde.agent.config.Quantity;
import dev.sonde.agent.record.RecordKind;
import dev.sonde.agent.record.RecordRequest;
import dev.sonde.agent.record.Recorded;
import dev.sonde.agent.record.Recorder;
import dev.sonde.exporters.ProfileFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@code record} and {@code flame} are told, and what both do. */
final class RecordOptions {
  private static final int STOP_SECONDS = 10;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Parameters(paramLabel = "PID", description = "The process to profile; it needs no agent.")
  private int pid;

  @Option(
      names = {"-d", "--duration"},
      defaultValue = "30s",
      paramLabel = "TIME",
      description = "How long: 30 (seconds), 500ms, 5m. Default: ${DEFAULT-VALUE}.")
  private String duration = "30s";

  @Option(
      names = {"-e", "--event"},
      defaultValue = "CPU",
      paramLabel = "EVENT",
      description =
          "cpu, offcpu, wall, faults (perf events, with native and kernel frames), alloc, lock (by"
              + " JFR). Default: cpu.")
  private RecordKind kind = RecordKind.CPU;

  @Option(
      names = {"-F", "--freq"},
      defaultValue = "99",
      paramLabel = "HZ",
      description = "Samples a second and running thread. Default: ${DEFAULT-VALUE}.")
  private int freqHz;

  @Option(
      names = {"-t", "--threads"},
      description = "Keep the stacks of different threads apart.")
  private boolean perThread;

  @Option(
      names = "--stack-size",
      defaultValue = "32KiB",
      paramLabel = "SIZE",
      description =
          "How much of a stack is copied at each event, 512 to 63KiB. Default: ${DEFAULT-VALUE}.")
  private String stackSize = "32KiB";

  @Option(names = "--no-kernel", description = "Leave kernel frames out.")
  private boolean withoutKernel;

  /** Records into {@code output} and says in a line what is in it, and what is missing. */
  int record(Path output, PrintWriter out, PrintWriter err) throws IOException {
    CountDownLatch done = new CountDownLatch(1);
    stopAtExit(Thread.currentThread(), done);
    try {
      return recordInto(output, out, err);
    } finally {
      done.countDown();
    }
  }

  private RecordRequest request() {
    boolean bare = duration.strip().chars().allMatch(Character::isDigit); // seconds
    return new RecordRequest(
        pid,
        kind,
        Quantity.durationNanos(bare ? duration.strip() + "s" : duration),
        freqHz,
        (int) Math.min(Integer.MAX_VALUE, Quantity.sizeBytes(stackSize)),
        !withoutKernel,
        perThread);
  }

  /** Ctrl-C ends the recording, not the writing of its file. */
  private static void stopAtExit(Thread recording, CountDownLatch done) {
    Runnable stop =
        () -> {
          recording.interrupt();
          try {
            done.await(STOP_SECONDS, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "sonde-stop"));
  }

  private int recordInto(Path output, PrintWriter out, PrintWriter err) throws IOException {
    ProfileFile file;
    RecordRequest request;
    try {
      file = new ProfileFile(output);
      request = request();
    } catch (IllegalArgumentException misuse) {
      throw new ParameterException(command.commandLine(), String.valueOf(misuse.getMessage()));
    }
    Recorded recorded = Recorder.record(request);
    Thread.interrupted(); // files are not written by interrupted threads
    file.profile(recorded.profile());
    recorded.notes().forEach(note -> err.println("sonde: " + note));
    out.printf(
        Locale.ROOT,
        "%s: %,d events in %.1f s, %.1f %% of their stacks complete to the thread's start, %,d"
            + " lost%n",
        output,
        recorded.samples(),
        recorded.profile().durationNanos() / 1e9,
        recorded.samples() == 0 ? 100 : 100.0 * recorded.complete() / recorded.samples(),
        recorded.lost());
    out.flush();
    err.flush();
    return 0;
  }
}
