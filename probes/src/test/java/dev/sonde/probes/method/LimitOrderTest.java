package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.probes.bridge.RequestContexts;
import dev.sonde.probes.bridge.TrampolinePool;
import dev.sonde.probes.stack.JavaStackSource;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;
import sample.Calculator;

/** Limits one by one: in which order they are asked, and over which time they count. */
class LimitOrderTest {
  private static final long SECOND = 1_000_000_000;

  private final ProbeCounters counters = new ProbeCounters();

  private Probe probe(ProbeLimits limits, String target, int... offsets) {
    MethodTarget at = MethodTarget.parse(target).withLimits(limits);
    JavaProgram program = JavaProgram.scalar((slot, fields) -> 0, offsets);
    EventSources sources =
        new EventSources(
            new JavaStackSource(Probes.FRAMES),
            SelfAttach.instrumentation(),
            new RequestContexts(SelfAttach.instrumentation()));
    return new Probe(program, at, Inputs.of(program, at.kind(), limits), counters, sources, 1);
  }

  /** Returns the names of the methods that a method of the class calls, in order. */
  private static List<String> calls(ClassReader reader, String method) {
    List<String> calls = new ArrayList<>();
    ClassVisitor visitor =
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] thrown) {
            return !name.equals(method)
                ? null
                : new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitMethodInsn(
                      int op, String owner, String called, String type, boolean itf) {
                    calls.add(called);
                  }
                };
          }
        };
    reader.accept(visitor, 0);
    return calls;
  }

  @Test
  void samplingIsDecidedBeforeAnyClockIsRead() throws Exception {
    List<String> entry = calls(new ClassReader(ClassBytes.of(Probe.class)), "start");
    assertTrue(entry.indexOf("admit") >= 0, entry.toString());
    assertTrue(entry.indexOf("admit") < entry.indexOf("nanoTime"), entry.toString());
    ProbeLimits tenth = new ProbeLimits(10, 0, 0, 0);
    Shape nothing = new Shape(false, false, 0, 0, 'V');
    Probe sampled = probe(tenth, "method/sample.Calculator.nothing", MethodContext.TIME_NANOS);
    List<String> event = calls(new ClassReader(GlueClass.bytes(sampled, nothing)), "fire");
    assertTrue(event.indexOf("admit") >= 0, event.toString());
    assertTrue(event.indexOf("admit") < event.indexOf("nanoTime"), event.toString());
  }

  @Test
  void whatSamplingDropsTakesNothingFromTheRate() {
    Probe third = probe(new ProbeLimits(3, 10, 0, 0), "method/sample.Calculator.nothing");
    counters.grantTokens(2, 2);
    CarrierSlot slot = CarrierSlots.current();
    List<Integer> admitted = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      if (third.admit(slot)) {
        admitted.add(i);
      }
    }
    assertEquals(List.of(0, 3), admitted);
    assertEquals(10, counters.sum(ProbeCounters.LIMITED));
  }

  @Test
  void whatIsGrantedDoesNotPileUp() {
    for (int i = 0; i < 10; i++) {
      counters.grantTokens(2, 3);
    }
    int taken = 0;
    while (taken < 100 && counters.takeToken()) {
      taken++;
    }
    assertEquals(3, taken);
  }

  @Test
  void ratesOfLessThanOneEventATickAreKept() {
    Binding binding = binding(new ProbeLimits(1, 4, 0, 0));
    LimitKeeper.Watched watched = new LimitKeeper.Watched(binding, 0);
    int taken = 0;
    for (int tick = 0; tick < 50; tick++) { // five seconds
      watched.grant();
      while (counters.takeToken()) {
        taken++;
      }
    }
    assertTrue(taken >= 19 && taken <= 20, taken + " of 20");
  }

  @Test
  void theShareIsThatSinceItWasLastAskedFor() {
    LimitKeeper.Watched watched = new LimitKeeper.Watched(binding(ProbeLimits.NONE), 0);
    ran(SECOND / 2);
    assertEquals(0.5, watched.share(SECOND), 1e-9);
    assertEquals(0.0, watched.share(2 * SECOND), 1e-9);
    ran(SECOND / 2 + SECOND / 4);
    assertEquals(0.25, watched.share(3 * SECOND), 1e-9);
  }

  private Binding binding(ProbeLimits limits) {
    Probe probe = probe(limits, "method/sample.Calculator.nothing");
    Attachment attachment = new Attachment(probe.program(), probe.target());
    return new Binding(attachment, probe.target(), probe, new TrampolinePool(), Probes.SILENT);
  }

  /** Lets one run have been timed, of {@code nanos}. */
  private void ran(long nanos) {
    RawMemory.putLong(counters.row(0) + ProbeCounters.RUNS, 1);
    RawMemory.putLong(counters.row(0) + ProbeCounters.TIMED_NANOS, nanos);
  }

  @Test
  void theTimeOfAllRunsIsThatOfTheTimedOnesScaled() {
    int timed = 0;
    for (int i = 0; i < 600; i++) {
      CarrierSlot slot = CarrierSlots.current();
      slot.timedSince = 0;
      ProbeCounters.beginRun(slot, counters.row(0));
      timed += slot.timedSince != 0 ? 1 : 0;
    }
    CarrierSlots.current().timedSince = 0;
    assertEquals(3, timed); // the first, and each 256th behind it
    RawMemory.putLong(counters.row(0) + ProbeCounters.TIMED_NANOS, 300);
    assertEquals(300 * 600 / 3, counters.runTimeNanos());
    assertEquals(600, counters.sum(ProbeCounters.RUNS));
  }

  /** The first run is timed, and does not come to its end; the second is not timed. */
  @Test
  void aRunThatThrowsLeavesNoTimeToTheNext() {
    AtomicLong runs = new AtomicLong();
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> {
              if (runs.incrementAndGet() == 1) {
                throw new OutOfMemoryError("of a test");
              }
              return 0;
            },
            new int[0]);
    try (Link link = Probes.attach("method/sample.Calculator.add", program)) {
      new Calculator("c").add(1, 1);
      new Calculator("c").add(1, 1);
      assertEquals(2, runs.get());
      assertEquals(1, link.status().get(0).errors());
      assertEquals(0, link.status().get(0).runTimeNanos());
    }
  }

  @Test
  void aMinimumHoldsForExceptionsToo() {
    AtomicLong runs = new AtomicLong();
    ProbeLimits slow = new ProbeLimits(1, 0, 3600 * SECOND, 0);
    MethodTarget target = MethodTarget.parse("methodexc/sample.Calculator.thrower");
    try (Link link = Probes.attach(target.withLimits(slow), Probes.counting(runs))) {
      Calculator calculator = new Calculator("c");
      assertThrows(IllegalStateException.class, () -> calculator.thrower("soon", 0));
      assertEquals(0, runs.get());
      assertEquals(1, link.status().get(0).limited());
      assertFalse(link.status().get(0).matches() == 0);
    }
  }
}
