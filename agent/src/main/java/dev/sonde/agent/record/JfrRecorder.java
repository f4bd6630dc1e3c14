package dev.sonde.agent.record;

import dev.sonde.agent.control.FlightRecording;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import dev.sonde.probes.hotspot.ClassNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** Records by the JVM's own flight recorder: what the kernel cannot know, or does not allow. */
final class JfrRecorder {
  private static final String EXECUTION_SAMPLE = "jdk.ExecutionSample";
  private static final String CPU_TIME_SAMPLE = "jdk.CPUTimeSample"; // JDK 25 and later, Linux

  private final RecordRequest request;
  private final RecordKind kind;
  private long samples;
  private long complete;
  private boolean byCpuTime;

  JfrRecorder(RecordRequest request, RecordKind kind) {
    this.request = request;
    this.kind = kind;
  }

  Recorded record() throws IOException {
    long startUnixNanos = System.currentTimeMillis() * 1_000_000;
    long start = System.nanoTime();
    List<Profile.Sample> found = new ArrayList<>();
    try (FlightRecording recording = FlightRecording.start(request.pid(), settings())) {
      waitFor(request.durationNanos());
      boolean stopped = Thread.interrupted(); // channels are closed by an interrupt
      Path file = recording.stop();
      try (RecordingFile events = new RecordingFile(file)) {
        while (events.hasMoreEvents()) {
          RecordedEvent event = events.readEvent();
          if (event.getEventType().getName().equals(CPU_TIME_SAMPLE) && !byCpuTime) {
            byCpuTime = true; // it knows native code, too: what the other one found is not needed
            found.clear();
            samples = 0;
            complete = 0;
          }
          long weight = weight(event);
          if (weight > 0 && !isOurs(event)) {
            found.add(sample(event, weight));
          }
        }
      }
      if (stopped) {
        Thread.currentThread().interrupt();
      }
    }
    Profile profile =
        new Profile(
            "process %d, %s".formatted(request.pid(), kind.title()),
            kind.valueType(),
            kind.unit(),
            found,
            startUnixNanos,
            System.nanoTime() - start);
    List<String> notes =
        kind == RecordKind.CPU && !byCpuTime
            ? List.of(
                "time in native code is not in it: jdk.ExecutionSample, all that JFR has before JDK"
                    + " 25, is of threads in Java code")
            : List.of();
    return new Recorded(profile, samples, complete, 0, notes);
  }

  /** Event settings as a .jfc file has them. */
  private Map<String, Map<String, String>> settings() {
    return switch (kind) {
      case ALLOC ->
          Map.of(
              "jdk.ObjectAllocationSample",
              Map.of("enabled", "true", "stackTrace", "true", "throttle", "1000/s"));
      case LOCK ->
          Map.of(
              "jdk.JavaMonitorEnter",
              Map.of("enabled", "true", "stackTrace", "true", "threshold", "0 ms"),
              "jdk.ThreadPark",
              Map.of("enabled", "true", "stackTrace", "true", "threshold", "0 ms"));
      default -> {
        long millis = Math.max(10, 1000 / request.freqHz());
        yield Map.of(
            EXECUTION_SAMPLE,
            Map.of("enabled", "true", "period", millis + " ms"),
            CPU_TIME_SAMPLE,
            Map.of("enabled", "true", "throttle", millis + " ms", "stackTrace", "true"));
      }
    };
  }

  /** Returns what an event counts in the profile; 0 when it has no place in it. */
  private long weight(RecordedEvent event) {
    return switch (event.getEventType().getName()) {
      case "jdk.ObjectAllocationSample" -> event.getLong("weight");
      case "jdk.JavaMonitorEnter" -> event.getDuration().toNanos();
      case "jdk.ThreadPark" -> isLock(event) ? event.getDuration().toNanos() : 0;
      case CPU_TIME_SAMPLE -> event.getStackTrace() == null ? 0 : 1;
      case EXECUTION_SAMPLE -> byCpuTime ? 0 : 1;
      default -> 0;
    };
  }

  /** What starting and ending our recording makes the JVM do is not the application's doing. */
  private static boolean isOurs(RecordedEvent event) {
    RecordedThread thread = event.hasField("eventThread") ? event.getThread() : null;
    String name = thread == null ? null : thread.getJavaName();
    return name != null && (name.equals("Attach Listener") || name.startsWith("JFR "));
  }

  /** Threads park in locks, but also in idle pools and on conditions. */
  private static boolean isLock(RecordedEvent event) {
    RecordedClass parked = event.getClass("parkedClass");
    return parked != null
        && parked.getName().startsWith("java.util.concurrent.locks.")
        && parked.getName().endsWith("Sync");
  }

  private Profile.Sample sample(RecordedEvent event, long weight) {
    samples++;
    List<Frame> frames = new ArrayList<>();
    RecordedClass subject = subject(event);
    if (subject != null) {
      frames.add(
          new Frame(Frame.Kind.JAVA, ClassNames.legible(readable(subject.getName())), null, 0));
    }
    RecordedStackTrace trace = event.getStackTrace();
    if (trace != null) {
      trace.getFrames().forEach(frame -> frames.add(frame(frame)));
      complete += trace.isTruncated() ? 0 : 1;
      if (trace.isTruncated()) {
        frames.add(new Frame(Frame.Kind.NATIVE, "[truncated stack]", null, 0));
      }
    }
    if (request.perThread()) {
      frames.add(new Frame(Frame.Kind.THREAD, thread(event), null, 0));
    }
    return new Profile.Sample(frames, weight, Map.of());
  }

  /** What was allocated, or waited for. */
  private static @Nullable RecordedClass subject(RecordedEvent event) {
    for (String field : new String[] {"objectClass", "monitorClass", "parkedClass"}) {
      if (event.hasField(field)) {
        return event.getClass(field);
      }
    }
    return null;
  }

  private static String readable(String className) {
    int dimensions = 0;
    while (className.startsWith("[", dimensions)) {
      dimensions++;
    }
    String element = className.substring(dimensions);
    if (dimensions > 0) {
      element =
          switch (element.charAt(0)) {
            case 'B' -> "byte";
            case 'C' -> "char";
            case 'D' -> "double";
            case 'F' -> "float";
            case 'I' -> "int";
            case 'J' -> "long";
            case 'S' -> "short";
            case 'Z' -> "boolean";
            default -> element.substring(1, element.length() - 1);
          };
    }
    return element.replace('/', '.') + "[]".repeat(dimensions);
  }

  private static String thread(RecordedEvent event) {
    RecordedThread thread =
        event.hasField("sampledThread") ? event.getThread("sampledThread") : event.getThread();
    return thread == null
        ? "[thread]"
        : "[%s tid=%d]".formatted(thread.getJavaName(), thread.getOSThreadId());
  }

  private static Frame frame(RecordedFrame frame) {
    Frame.Kind kind =
        switch (frame.getType()) {
          case "Interpreted" -> Frame.Kind.INTERPRETED;
          case "Inlined" -> Frame.Kind.INLINED;
          default -> Frame.Kind.JAVA;
        };
    String type = ClassNames.legible(frame.getMethod().getType().getName());
    return new Frame(
        kind, type + "." + frame.getMethod().getName(), null, Math.max(0, frame.getLineNumber()));
  }

  private static void waitFor(long nanos) {
    try {
      Thread.sleep(nanos / 1_000_000);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
