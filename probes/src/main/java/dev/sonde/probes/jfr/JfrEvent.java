package dev.sonde.probes.jfr;

import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.OwnProcess;
import dev.sonde.vm.stacktrace.FrameTable.Frame;
import dev.sonde.vm.stacktrace.FrameTable.Tier;
import dev.sonde.vm.stacktrace.StackSource;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import org.jspecify.annotations.Nullable;

/**
 * A JFR event, as helpers see it: "current" is the thread that the event is of, the time is its
 * end, the stack is the one that JFR has taken. Used by one thread, for one event after the other.
 */
final class JfrEvent implements Event, StackSource {
  private final JavaFrames frames;
  private final JfrClock clock;
  private final long cookie;
  private @Nullable RecordedEvent event;
  private @Nullable RecordedThread thread;

  JfrEvent(JavaFrames frames, JfrClock clock, long cookie) {
    this.frames = frames;
    this.clock = clock;
    this.cookie = cookie;
  }

  void begin(RecordedEvent next) {
    event = next;
    boolean sampled = next.hasField("sampledThread");
    thread = sampled ? next.getThread("sampledThread") : next.getThread();
  }

  @Override
  public long pidTgid() {
    return OwnProcess.pidTgid(thread == null ? 0 : thread.getOSThreadId());
  }

  @Override
  public long timeNanos() {
    return event == null
        ? System.nanoTime()
        : clock.nanos(event.getStartTime()) + JfrClock.nanos(event.getDuration());
  }

  @Override
  public String comm() {
    if (thread == null) {
      return "";
    }
    String name = thread.getJavaName();
    String osName = thread.getOSName();
    return name != null ? name : osName != null ? osName : "";
  }

  @Override
  public long attachCookie() {
    return cookie;
  }

  @Override
  public long functionId() {
    return 0;
  }

  @Override
  public StackSource stackSource() {
    return this;
  }

  /** JFR's stack is of Java frames only, at most as many as its stackdepth (64) says. */
  @Override
  public int capture(long[] ids, int skip, boolean user) {
    RecordedStackTrace trace = event == null ? null : event.getStackTrace();
    if (trace == null) {
      return NONE.capture(ids, skip, user);
    }
    List<RecordedFrame> recorded = trace.getFrames();
    int written = 0;
    for (int i = skip; i < recorded.size() && written < ids.length; i++) {
      ids[written++] = frames.idOf(frame(recorded.get(i)));
    }
    return written;
  }

  private static Frame frame(RecordedFrame recorded) {
    RecordedMethod method = recorded.getMethod();
    Tier tier =
        switch (recorded.getType()) {
          case "Interpreted" -> Tier.INTERPRETED;
          case "JIT compiled" -> Tier.COMPILED;
          case "Inlined" -> Tier.INLINED;
          default -> Tier.UNKNOWN; // native
        };
    int line = recorded.getType().equals("Native") ? -2 : Math.max(0, recorded.getLineNumber());
    return new Frame(method.getType().getName(), method.getName(), null, line, tier);
  }
}
