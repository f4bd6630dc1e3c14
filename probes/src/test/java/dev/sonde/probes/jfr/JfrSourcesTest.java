package dev.sonde.probes.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.Link;
import dev.sonde.probes.record.EventProgram;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.program.ProgramType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** JFR events of this JVM as sources of programs. */
@Timeout(120)
class JfrSourcesTest {
  private final JfrAttacher attacher = new JfrAttacher(new JavaFrames());

  /** Something that takes its time. */
  @Name("sonde.test.Step")
  @StackTrace(false)
  static final class Step extends Event {
    long number;
  }

  @Name("sonde.test.Tick")
  @Registered(false)
  @StackTrace(false)
  static final class Tick extends Event {}

  @Test
  void everyEventTypeOfThisJvmIsASource() throws Exception {
    List<Attachment> all = new ArrayList<>();
    List<EventProgram> programs = new ArrayList<>();
    for (EventType type : JfrTypes.all()) {
      EventProgram program = EventProgram.of(ProgramType.TRACEPOINT, (slot, ctx) -> {});
      programs.add(program);
      all.add(new Attachment(program, JfrTarget.of(type.getName())));
    }
    Link link = attacher.attach(all);
    for (AttachmentStatus status : link.status()) {
      assertEquals(1, status.matches(), status::toString);
      assertEquals(List.of(), status.nearMatches());
    }
    Set<String> wanted =
        Set.of("jdk.GarbageCollection", "jdk.SystemGC", "jdk.ThreadStart", "jdk.ThreadPark");
    Set<String> seen = new HashSet<>();
    while (!seen.containsAll(wanted)) { // the time-out ends it
      System.gc();
      Thread thread = new Thread(() -> LockSupport.parkNanos(30_000_000));
      thread.start();
      thread.join();
      Thread.sleep(100);
      for (int i = 0; i < programs.size(); i++) {
        if (programs.get(i).runs.get() > 0) {
          seen.add(((JfrTarget) all.get(i).target()).event());
        }
      }
    }
    link.close();
    assertTrue(seen.size() > 10, seen::toString);
    assertEquals(0, link.status().stream().mapToLong(AttachmentStatus::errors).sum());
  }

  /** Two programs on one event: JFR is asked for what both want, each sees what it asked for. */
  @Test
  void aThresholdHoldsBackWhatWasShorter() throws Exception {
    EventProgram every = EventProgram.of(ProgramType.TRACEPOINT, (slot, ctx) -> {});
    EventProgram slow = EventProgram.of(ProgramType.TRACEPOINT, (slot, ctx) -> {});
    Link link =
        attacher.attach(
            List.of(
                new Attachment(every, JfrTarget.parse("jfr/sonde.test.Step")),
                new Attachment(slow, JfrTarget.parse("jfr/sonde.test.Step:threshold=10s"))));
    for (int i = 0; i < 20; i++) {
      Step step = new Step();
      step.begin();
      step.number = i;
      step.commit();
    }
    link.close();
    assertEquals(20, every.runs.get());
    assertEquals(0, slow.runs.get(), "no step took 10 s");
  }

  @Test
  void aPeriodIsHowOftenAPeriodicEventIsTaken() throws Exception {
    Runnable tick = () -> new Tick().commit();
    FlightRecorder.register(Tick.class);
    FlightRecorder.addPeriodicEvent(Tick.class, tick);
    EventProgram program = EventProgram.of(ProgramType.TRACEPOINT, (slot, ctx) -> {});
    long start = System.nanoTime();
    Link link =
        attacher.attach(
            List.of(new Attachment(program, JfrTarget.parse("jfr/sonde.test.Tick:period=50ms"))));
    while (program.runs.get() < 10) { // the time-out ends it
      Thread.sleep(20);
    }
    link.close();
    long most = 2 * (System.nanoTime() - start) / 50_000_000;
    FlightRecorder.removePeriodicEvent(tick);
    assertTrue(program.runs.get() <= most, () -> program.runs + " ticks, at most " + most);
  }
}
