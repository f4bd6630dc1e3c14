package dev.sonde.agent.record;

import dev.sonde.probes.linux.Linux;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Records a process in the best way that the machine allows. */
public final class Recorder {
  private Recorder() {}

  /**
   * Records for as long as the request says, or until the process ends or this thread is
   * interrupted.
   *
   * @throws IOException when nothing can be recorded; with a way out
   */
  public static Recorded record(RecordRequest request) throws IOException {
    if (ProcessHandle.of(request.pid()).isEmpty()) {
      throw new IOException(
          "process %d: no such process: jps or pgrep java list those that run"
              .formatted(request.pid()));
    }
    if (request.kind().isOfJfr()) {
      return new JfrRecorder(request, request.kind()).record();
    }
    String refused;
    try (NativeRecorder recorder = new NativeRecorder(Linux.running(), request)) {
      return recorder.record();
    } catch (PermissionException | UnsupportedOperationException e) {
      if (request.kind() != RecordKind.CPU) {
        throw new IOException(e.getMessage(), e);
      }
      refused = String.valueOf(e.getMessage());
    }
    Recorded java = new JfrRecorder(request, RecordKind.CPU).record();
    List<String> notes = new ArrayList<>(java.notes());
    notes.add("only Java frames, by JFR: " + refused);
    return new Recorded(java.profile(), java.samples(), java.complete(), java.lost(), notes);
  }
}
