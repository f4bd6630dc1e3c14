package dev.sonde.agent.record;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A recording by perf events in a thread of this JVM, which is known to have begun. */
final class RunningRecording {
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final CompletableFuture<Recorded> result = new CompletableFuture<>();
  private final Thread thread;

  private RunningRecording(RecordRequest request) {
    thread = new Thread(() -> record(request), "recording");
    thread.setDaemon(true);
  }

  private void record(RecordRequest request) {
    try {
      result.complete(Recorder.record(request));
    } catch (IOException | RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  /** Returns once all events of the recording are open. */
  static RunningRecording start(RecordRequest request) throws Exception {
    long before = openEvents();
    RunningRecording recording = new RunningRecording(request);
    recording.thread.start();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    long count = before;
    long since = System.nanoTime();
    while (count == before || System.nanoTime() - since < QUIET_NANOS) {
      assertTrue(System.nanoTime() < deadline, "no perf event was opened");
      assertTrue(!recording.result.isDone(), "the recording ended: " + recording.result);
      Thread.sleep(20);
      long now = openEvents();
      since = now == count ? since : System.nanoTime();
      count = now;
    }
    return recording;
  }

  /** Ends the recording and returns what it has. */
  Recorded stop() throws Exception {
    Thread.sleep(500); // rings are read four times a second
    thread.interrupt();
    return result.get(2, TimeUnit.MINUTES);
  }

  private static long openEvents() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(RunningRecording::isEvent).count();
    }
  }

  private static boolean isEvent(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("perf_event");
    } catch (IOException closed) {
      return false;
    }
  }
}
