package dev.sonde.probes.jfr;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.vm.context.OwnThreads;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramType;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import jdk.jfr.EventSettings;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.jspecify.annotations.Nullable;

/**
 * A recording of ours and the thread that reads it; programs run in that thread, up to a second
 * after their event: JFR hands events over once a second.
 */
final class JfrStream implements Link {
  private static final long START_NANOS = 20_000_000_000L;
  private static final long DRAIN_NANOS = 5_000_000_000L;
  private static final long ENDED_NANOS = 500_000_000L; // a recording that is over flushes no more

  private final List<JfrProbe> probes;
  private final JfrClock clock;
  private final RecordingStream stream = new RecordingStream();
  private final long contextAddress =
      RawMemory.allocateZeroed(
          Math.max(
              ProgramType.TRACEPOINT.contextLayout().sizeBytes(),
              ProgramType.PERF_EVENT.contextLayout().sizeBytes()));
  private final Thread thread;
  private volatile int flushes;
  private volatile @Nullable RuntimeException failure;
  private volatile @Nullable Recording recording; // ours, once it runs
  private boolean closed;

  JfrStream(List<JfrProbe> probes, JfrClock clock) {
    this.probes = probes;
    this.clock = clock;
    Set<String> names = new LinkedHashSet<>();
    probes.forEach(probe -> names.addAll(probe.events()));
    names.forEach(this::enable);
    stream.setReuse(true); // an event is used up before the next one comes
    stream.onFlush(this::flushed);
    stream.onError(error -> {}); // a broken chunk costs its events, JFR goes on with the next
    thread = OwnThreads.make("sonde-jfr", this::read);
  }

  /** Returns when events are recorded. */
  void start() {
    Set<Recording> before = running(); // without ours, which is there since its stream was made
    thread.start();
    await(START_NANOS, () -> failure != null || find(before));
    RuntimeException problem = failure;
    if (problem != null) {
      close();
      throw new AttachException("jfr: the recording did not start: " + problem, problem);
    }
  }

  private boolean find(Set<Recording> before) {
    for (Recording each : running()) {
      if (!before.contains(each)) {
        recording = each;
      }
    }
    return recording != null;
  }

  /** JFR has a shutdown hook of its own, which may end the recording before we do. */
  private boolean hasEnded() {
    Recording ours = recording;
    return ours != null && ours.getState() != RecordingState.RUNNING;
  }

  private static Set<Recording> running() {
    return FlightRecorder.getFlightRecorder().getRecordings().stream()
        .filter(recording -> recording.getState() == RecordingState.RUNNING)
        .collect(Collectors.toSet());
  }

  private void read() {
    try {
      stream.start(); // returns when the stream is closed
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void flushed() {
    flushes++; // by the reading thread alone
  }

  private void enable(String name) {
    EventSettings settings = stream.enable(name);
    List<JfrProbe> listeners = probes.stream().filter(p -> p.events().contains(name)).toList();
    long threshold = listeners.stream().mapToLong(JfrProbe::thresholdNanos).min().orElse(0);
    if (threshold == 0) {
      settings.withoutThreshold();
    } else {
      settings.withThreshold(Duration.ofNanos(threshold));
    }
    long period =
        listeners.stream().mapToLong(JfrProbe::periodNanos).filter(p -> p > 0).min().orElse(0);
    if (period > 0 && name.equals(JfrAttacher.CPU_TIME_SAMPLE)) {
      settings.with("throttle", Math.max(1, 1_000_000_000L / period) + "/s"); // it has no period
    } else if (period > 0) {
      settings.withPeriod(Duration.ofNanos(period));
    }
    if (listeners.stream().anyMatch(JfrProbe::wantsStack)) {
      settings.withStackTrace();
    } else {
      settings.withoutStackTrace();
    }
    listeners.forEach(probe -> stream.onEvent(name, event -> handle(probe, event)));
  }

  /** What our reading itself causes is no event of the application. */
  private void handle(JfrProbe probe, RecordedEvent event) {
    boolean own = event.getThread() != null && isReader(event.getThread().getJavaThreadId());
    if (!own) {
      probe.handle(event, clock, contextAddress);
    }
  }

  @SuppressWarnings("deprecation") // threadId() is of JDK 19
  private boolean isReader(long javaThreadId) {
    return javaThreadId == thread.getId();
  }

  @Override
  public List<AttachmentStatus> status() {
    return probes.stream().map(JfrProbe::status).toList();
  }

  @Override
  public void replace(int index, ExecutableProgram program) {
    probes.get(index).runs().replace(program);
  }

  /** Events that were recorded before this call are still seen. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    int now = flushes;
    if (!stopAndDrain()) {
      // the flush that is under way may have begun before the last event, the next has not
      await(DRAIN_NANOS, () -> flushes >= now + 2 || !thread.isAlive() || hasEnded());
      await(ENDED_NANOS, () -> flushes >= now + 2 || !thread.isAlive());
    }
    stream.close();
    try {
      thread.join(DRAIN_NANOS / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!thread.isAlive()) {
      RawMemory.free(contextAddress);
    }
  }

  /** {@code RecordingStream.stop} of JDK 20: ends the recording and hands over what is left. */
  private boolean stopAndDrain() {
    try {
      return Boolean.TRUE.equals(RecordingStream.class.getMethod("stop").invoke(stream));
    } catch (ReflectiveOperationException older) {
      return false;
    }
  }

  private static void await(long nanos, BooleanSupplier condition) {
    long deadline = System.nanoTime() + nanos;
    while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(5_000_000);
    }
  }
}
