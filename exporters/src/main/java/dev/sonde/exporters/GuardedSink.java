package dev.sonde.exporters;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.ExportTally;
import dev.sonde.exporters.signal.FailureNotice;
import dev.sonde.exporters.signal.Sink;

/** A sink whose failures are counted, told once a minute, and stop at this door. */
final class GuardedSink {
  /** What may fail. */
  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }

  private final Sink sink;
  private final ExportTally tally;
  private final FailureNotice notice;

  GuardedSink(Sink sink, ExportTally tally, ExportLog log) {
    this.sink = sink;
    this.tally = tally;
    this.notice = new FailureNotice(log);
  }

  void event(EventRecord record) {
    guard(() -> sink.event(record));
  }

  void profile(Profile profile) {
    guard(() -> sink.profile(profile));
  }

  void flush(long timeoutNanos) {
    guard(() -> sink.flush(timeoutNanos));
  }

  void close() {
    guard(sink::close);
  }

  private void guard(Action action) {
    try {
      action.run();
    } catch (Exception | LinkageError failure) { // a stripped runtime image may lack a module
      tally.addFailure();
      notice.failed(
          "export: " + sink.name() + ": " + failure + "; tracing and the application go on");
    }
  }
}
