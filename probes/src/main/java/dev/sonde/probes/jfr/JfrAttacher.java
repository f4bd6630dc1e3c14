package dev.sonde.probes.jfr;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.Link;
import dev.sonde.probes.OwnThreadRuns;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordedEvent;

/**
 * Attaches programs to JFR events, and perf_event programs on a CPU clock to JFR's samples: the way
 * that needs no permission. Registers are zero there; the stack is JFR's.
 */
public final class JfrAttacher implements Attacher {
  static final String CPU_TIME_SAMPLE = "jdk.CPUTimeSample";
  private static final String EXECUTION_SAMPLE = "jdk.ExecutionSample";
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final JavaFrames frames;

  public JfrAttacher(JavaFrames frames) {
    this.frames = frames;
  }

  @Override
  public Link attach(List<Attachment> attachments) {
    JfrTypes.all(); // or it says that there is no Flight Recorder
    JfrClock clock = JfrClock.now();
    List<JfrProbe> probes = new ArrayList<>();
    for (Attachment attachment : attachments) {
      probes.add(
          attachment.target() instanceof JfrTarget target
              ? eventProbe(attachment, target, clock)
              : sampleProbe(attachment, (PerfEventTarget) attachment.target(), clock));
    }
    JfrStream stream = new JfrStream(probes, clock);
    stream.start();
    return stream;
  }

  private JfrProbe eventProbe(Attachment attachment, JfrTarget target, JfrClock clock) {
    require(attachment, ProgramType.TRACEPOINT);
    Optional<EventType> type = JfrTypes.find(target.event());
    return new JfrProbe(
        new OwnThreadRuns(attachment),
        List.of(target.event()),
        target.thresholdNanos(),
        target.periodNanos(),
        type.isPresent() ? JfrLayout.of(type.get())::write : new LateType(),
        new JfrEvent(frames, clock, target.cookie()),
        type.isPresent(),
        type.isPresent() ? List.of() : JfrTypes.near(target.event()),
        List.of());
  }

  /** Of an event type that is registered after the program was attached, perhaps several times. */
  private static final class LateType implements JfrProbe.JfrContext {
    private final Map<Long, JfrLayout> layouts = new HashMap<>(); // by the type's id

    @Override
    public void write(RecordedEvent event, JfrClock clock, long contextAddress) {
      EventType type = event.getEventType();
      layouts
          .computeIfAbsent(type.getId(), id -> JfrLayout.of(type))
          .write(event, clock, contextAddress);
    }
  }

  private JfrProbe sampleProbe(Attachment attachment, PerfEventTarget target, JfrClock clock) {
    require(attachment, ProgramType.PERF_EVENT);
    boolean cpu = List.of("jfr", "cpu-clock", "task-clock").contains(target.event());
    if (!cpu || !target.scope().equals(ProcessScope.own())) {
      throw new AttachException(
          "%s: JFR has CPU samples of this process alone, want cpu-clock or task-clock and scope"
                  .formatted(target)
              + " process, or permission to use perf");
    }
    long period = target.byFrequency() ? SECOND_NANOS / target.amount() : target.amount();
    boolean cpuTime =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")
            && JfrTypes.find(CPU_TIME_SAMPLE).isPresent();
    long granted = Math.max(period, cpuTime ? 1_000_000 : 10_000_000);
    return new JfrProbe(
        new OwnThreadRuns(attachment),
        List.of(cpuTime ? CPU_TIME_SAMPLE : EXECUTION_SAMPLE),
        0,
        granted,
        (event, eventClock, contextAddress) -> writeSample(granted, contextAddress),
        new JfrEvent(frames, clock, target.cookie()),
        true,
        List.of(),
        granted == period
            ? List.of()
            : List.of("JFR samples at most once in %d ms".formatted(granted / 1_000_000)));
  }

  private static void writeSample(long period, long contextAddress) {
    RawMemory.fill(contextAddress, ProgramType.PERF_EVENT.contextLayout().sizeBytes(), (byte) 0);
    RawMemory.putLong(contextAddress + PtRegs.SIZE_BYTES, period);
  }

  private static void require(Attachment attachment, ProgramType want) {
    ProgramType got = attachment.program().program().spec().type();
    if (got != want) {
      throw new AttachException(
          "%s: program \"%s\": got type %s, want %s"
              .formatted(
                  attachment.target(),
                  attachment.program().program().spec().name(),
                  got.name().toLowerCase(Locale.ROOT),
                  want.name().toLowerCase(Locale.ROOT)));
    }
  }
}
