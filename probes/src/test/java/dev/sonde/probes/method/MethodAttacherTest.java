package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import dev.sonde.vm.stacktrace.FrameTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sample.Calculator;

@SuppressWarnings("try") // a link that is only closed
class MethodAttacherTest {
  private static final JavaFrames FRAMES = Probes.FRAMES;
  private static final MethodAttacher ATTACHER = Probes.ATTACHER;

  private final List<long[]> events = Collections.synchronizedList(new ArrayList<>());

  private long record(long[] fields) {
    events.add(fields);
    return 0;
  }

  private static Link attach(String target, ExecutableProgram program) {
    return ATTACHER.attach(List.of(new Attachment(program, MethodTarget.parse(target))));
  }

  /** Attaches a program that records the fields at {@code offsets}, by scalars and by memory. */
  private List<Link> recording(String target, int... offsets) {
    return List.of(
        attach(target, JavaProgram.scalar((slot, fields) -> record(fields), offsets)),
        attach(target, JavaProgram.memory((slot, fields) -> record(fields), offsets)));
  }

  private static int arg(int index) {
    return MethodContext.argumentOffset(index);
  }

  private void assertEvents(Runnable traced, long[]... expected) {
    traced.run();
    List<String> want = new ArrayList<>();
    for (long[] event : expected) {
      want.add(Arrays.toString(event));
      want.add(Arrays.toString(event)); // once by scalars, once by memory
    }
    assertEquals(want, events.stream().map(Arrays::toString).toList());
    events.clear();
  }

  private static void close(List<Link> links) {
    links.forEach(Link::close);
  }

  @Test
  void entryShowsPrimitivesExactly() {
    List<Link> links = recording("method/sample.Calculator.add", arg(2), arg(1));
    Calculator calculator = new Calculator("c");
    assertEvents(() -> assertEquals(-5, calculator.add(-7, 2)), new long[] {2, -7});
    close(links);
  }

  @Test
  void everyPrimitiveTypeTravels() {
    List<Link> links =
        recording("method/sample.Calculator.widen", arg(5), arg(4), arg(3), arg(2), arg(1), arg(0));
    assertEvents(
        () -> Calculator.widen(true, (byte) -1, '\uffff', Short.MIN_VALUE, -9, Long.MIN_VALUE),
        new long[] {Long.MIN_VALUE, -9, Short.MIN_VALUE, 0xffff, -1, 1});
    close(links);
  }

  @Test
  void floatsTravelAsTheirBits() {
    List<Link> links = recording("method/sample.Calculator.mix", arg(3), arg(1), arg(0));
    assertEvents(
        () -> Calculator.mix(-1.5f, Math.PI, "s", 77, new int[0], List.of()),
        new long[] {77, Double.doubleToRawLongBits(Math.PI), 0xbfc00000L});
    close(links);
    links = recording("methodret/sample.Calculator.half", MethodContext.resultOffset());
    assertEvents(() -> Calculator.half(-3f), new long[] {0xbfc00000L});
    close(links);
  }

  @Test
  void argumentsBeyondTheRegistersFollow() {
    List<Link> links =
        recording("method/sample.Calculator.many", MethodContext.KIND, arg(6), arg(8), arg(9));
    assertEvents(
        () -> Calculator.many(1, 2, 3, "4", 5, 6, 7, "8", 9.0, 1.0f),
        new long[] {
          10L << 32 | MethodContext.KIND_ENTRY, 7, Double.doubleToRawLongBits(9.0), 0x3f800000L
        });
    close(links);
  }

  @Test
  void referencesAreHandlesOfTheEvent() {
    List<Object> seen = new ArrayList<>();
    List<Long> handles = new ArrayList<>();
    JavaProgram.Body body =
        (slot, fields) -> {
          handles.addAll(Arrays.stream(fields).boxed().toList());
          for (long handle : fields) {
            seen.add(slot.handles().get(handle));
          }
          return 0;
        };
    Calculator calculator = new Calculator("c");
    int[] offsets = {arg(1), arg(0)};
    for (boolean memory : new boolean[] {false, true}) {
      ExecutableProgram program =
          memory ? JavaProgram.memory(body, offsets) : JavaProgram.scalar(body, offsets);
      try (Link link = attach("method/sample.Calculator.greet", program)) {
        calculator.greet("me");
        calculator.greet(null);
        assertEquals(1, link.status().get(0).matches());
      }
    }
    List<Object> want = Arrays.asList("me", calculator, null, calculator);
    List<Object> twice = new ArrayList<>(want);
    twice.addAll(want);
    assertEquals(twice, seen);
    assertEquals(0, handles.get(2), "the handle of null");
    dev.sonde.vm.context.CarrierSlot slot = dev.sonde.vm.context.CarrierSlots.current();
    handles.forEach(handle -> assertNull(slot.handles().get(handle), "stale"));
  }

  @Test
  void returnShowsTheResult() {
    List<Object> seen = new ArrayList<>();
    JavaProgram.Body body =
        (slot, fields) -> {
          seen.add(slot.handles().get(fields[0]));
          return 0;
        };
    String target = "methodret/sample.Calculator.greet";
    try (Link link = attach(target, JavaProgram.scalar(body, MethodContext.resultOffset()))) {
      String greeting = new Calculator("c").greet("you");
      assertSame(greeting, seen.get(0));
    }
    List<Link> links = recording("methodret/sample.Calculator.add", MethodContext.resultOffset());
    assertEvents(() -> new Calculator("c").add(4, 5), new long[] {9});
    close(links);
  }

  @Test
  void everyReturnIsSeenOnce() {
    List<Link> links =
        recording("methodret/sample.Calculator.branches", MethodContext.resultOffset());
    Calculator calculator = new Calculator("c");
    int[] inputs = {0, 3, 9, 10, 20, 55, 500};
    int[] results = {0, 6, 18, 1, 2, 0, -1};
    for (int i = 0; i < inputs.length; i++) {
      int input = inputs[i];
      int result = results[i];
      assertEvents(() -> assertEquals(result, calculator.branches(input)), new long[] {result});
    }
    close(links);
  }

  @Test
  void exitsSeeArgumentsAsTheyWereAtEntry() {
    List<Link> links = recording("methodret/sample.Calculator.overwrite(String, long)", arg(2));
    Calculator calculator = new Calculator("c");
    assertEvents(() -> calculator.overwrite("x", 3), new long[] {3});
    close(links);
    List<Object> seen = new ArrayList<>();
    JavaProgram.Body body =
        (slot, fields) -> {
          seen.add(slot.handles().get(fields[0]));
          return 0;
        };
    try (Link link =
        attach("methodret/sample.Calculator.overwrite", JavaProgram.scalar(body, arg(1)))) {
      calculator.overwrite("y", 3);
    }
    assertEquals(List.of("y"), seen);
  }

  @Test
  void exceptionsThatLeaveAreSeenAndThrownOn() {
    List<Object> seen = new ArrayList<>();
    JavaProgram.Body body =
        (slot, fields) -> {
          seen.add(slot.handles().get(fields[1]));
          seen.add(fields[0]);
          return 0;
        };
    Calculator calculator = new Calculator("c");
    JavaProgram program = JavaProgram.scalar(body, arg(2), MethodContext.EXCEPTION);
    try (Link link = attach("methodexc/sample.Calculator.thrower", program)) {
      IllegalStateException thrown =
          assertThrows(IllegalStateException.class, () -> calculator.thrower("oops", 2));
      assertEquals(List.of(thrown, 0L, thrown, 1L, thrown, 2L), seen);
      assertEquals(2, calculator.total);
    }
    seen.clear();
    try (Link link = attach("methodexc/sample.Calculator.branches", program)) {
      assertEquals(-1, calculator.branches(500), "caught inside");
      assertEquals(List.of(), seen);
    }
  }

  @Test
  void durationIsFromEntryToExit() {
    List<Link> links =
        recording(
            "methodret/sample.Calculator.overwrite",
            MethodContext.TIME_NANOS,
            MethodContext.ENTRY_TIME_NANOS,
            MethodContext.DURATION_NANOS);
    long before = System.nanoTime();
    new Calculator("c").overwrite("x", 1000);
    long after = System.nanoTime();
    for (long[] event : events) {
      assertEquals(event[0] - event[1], event[2]);
      assertTrue(event[1] >= before && event[0] <= after && event[2] > 0, Arrays.toString(event));
    }
    assertEquals(2, events.size());
    close(links);
  }

  @Test
  void constructorsAreSeenAtBothEndsAndWhenTheyThrow() {
    String[] targets = {"method", "methodret", "methodexc"};
    List<Link> links = new ArrayList<>();
    for (String kind : targets) {
      String target = kind + "/sample.Calculator.<init>(int, int)";
      links.addAll(recording(target, MethodContext.KIND, arg(1)));
    }
    long count = 3L << 32;
    assertEvents(
        () -> new Calculator(3, 4),
        new long[] {count | MethodContext.KIND_ENTRY, 3},
        new long[] {count | MethodContext.KIND_RETURN, 3});
    assertEvents(
        () -> assertThrows(IllegalArgumentException.class, () -> new Calculator(5, 5)),
        new long[] {count | MethodContext.KIND_ENTRY, 5},
        new long[] {count | MethodContext.KIND_EXCEPTION, 5});
    close(links);
  }

  @Test
  void globsMatchManyMethodsAndSayHowMany() {
    AtomicLong calls = new AtomicLong();
    JavaProgram program = JavaProgram.scalar((slot, fields) -> calls.incrementAndGet(), new int[0]);
    try (Link link = attach("method/sample.Calc*.*", program)) {
      Calculator calculator = new Calculator("x");
      calculator.callsHidden(1); // itself, the lambda's body, hidden twice
      AttachmentStatus status = link.status().get(0);
      assertEquals(5, calls.get());
      assertEquals(5, status.runCount());
      assertEquals(0, status.recursionMisses());
      assertEquals(0, status.errors());
      assertEquals(17, status.matches(), status.toString()); // all that have code
      assertTrue(status.refused().toString().contains("nothingHere(): it is native"));
    }
    new Calculator("y").nothing();
    assertEquals(5, calls.get());
  }

  @Test
  void parametersTellOverloadsApart() {
    AtomicLong calls = new AtomicLong();
    JavaProgram program = JavaProgram.scalar((slot, fields) -> calls.incrementAndGet(), new int[0]);
    for (String parameters : List.of("(int,int)", "(II)", "(int, *)")) {
      try (Link link = attach("method/sample.Calculator.<init>" + parameters, program)) {
        assertEquals(1, link.status().get(0).matches(), parameters);
      }
    }
    try (Link link = attach("method/sample.Calculator.<init>(...)", program)) {
      assertEquals(2, link.status().get(0).matches());
    }
  }

  @Test
  void theFunctionIdNamesTheMethod() {
    List<Link> links = recording("method/sample.Calculator.add", PtRegs.IP.offsetBytes());
    new Calculator("c").add(1, 1);
    FrameTable.Frame frame = FRAMES.frame(events.get(0)[0]);
    assertEquals(new FrameTable.Frame("sample.Calculator", "add(int, int)", null, 0), frame);
    close(links);
  }

  @Test
  void narrowFieldsAreTheirBytes() {
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> record(fields),
            new ContextField(arg(1), 4),
            new ContextField(arg(1) + 4, 4),
            new ContextField(arg(1) + 1, 1),
            new ContextField(arg(1), 2));
    try (Link link = attach("method/sample.Calculator.add", program)) {
      new Calculator("c").add(-0x12345678, 1);
      assertArrayEquals(new long[] {0xedcba988L, 0xffffffffL, 0xa9, 0xa988}, events.get(0));
    }
  }

  @Test
  void stacksBeginAtTheTracedMethod() {
    List<String> names = new ArrayList<>();
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> {
              long[] ids = new long[3];
              slot.event().stackSource().capture(ids, 0, true);
              for (long id : ids) {
                names.add(FRAMES.frame(id).methodName());
              }
              return 0;
            },
            new int[0]);
    try (Link link = attach("method/sample.Calculator.hidden", program)) {
      new Calculator("c").callsHidden(1);
      assertEquals(List.of("callsHidden", "hidden"), List.of(names.get(4), names.get(3)));
      assertEquals(List.of("hidden", "lambda$callsHidden$0"), names.subList(0, 2));
    }
  }

  @Test
  void programsOnOnePlaceRunInOrder() {
    int[] orders = {5, -1, 3, 3, 4, -2};
    for (String kind : List.of("method", "methodret", "methodexc")) {
      String method = kind.equals("methodexc") ? "thrower" : "nothing";
      List<Integer> ran = new ArrayList<>();
      List<Attachment> attachments = new ArrayList<>();
      for (int i = 0; i < orders.length; i++) {
        int n = i;
        attachments.add(
            new Attachment(
                JavaProgram.scalar((slot, fields) -> ran.add(n) ? 0 : 1, new int[0]),
                MethodTarget.parse(kind + "/sample.Calculator." + method).withOrder(orders[i])));
      }
      try (Link first = ATTACHER.attach(attachments.subList(0, 4));
          Link later = ATTACHER.attach(attachments.subList(4, 6))) {
        Calculator calculator = new Calculator("c");
        calculator.nothing();
        assertThrows(IllegalStateException.class, () -> calculator.thrower("o", 0));
      }
      assertEquals(List.of(5, 1, 2, 3, 4, 0), ran, kind);
    }
  }

  @Test
  void theCookieIsTheTargets() {
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> record(new long[] {slot.event().attachCookie()}), new int[0]);
    MethodTarget target = MethodTarget.parse("method/sample.Calculator.nothing");
    try (Link link =
        ATTACHER.attach(
            List.of(
                new Attachment(program, target.withCookie(7)),
                new Attachment(program, target.withCookie(-8))))) {
      new Calculator("c").nothing();
    }
    assertEquals(7, events.get(0)[0]);
    assertEquals(-8, events.get(1)[0]);
  }

  @Test
  void aProgramThatReachesATracedMethodIsNotRunAgain() {
    Calculator calculator = new Calculator("c");
    JavaProgram program = JavaProgram.scalar((slot, fields) -> calculator.add(1, 1), new int[0]);
    try (Link link = attach("method/sample.Calculator.add", program)) {
      calculator.add(1, 1);
      assertEquals(1, link.status().get(0).runCount());
      assertEquals(1, link.status().get(0).recursionMisses());
    }
    assertEquals(4, calculator.total);
  }

  @Test
  void aProgramThatThrowsDoesNotHurtTheApplication() {
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> {
              throw new OutOfMemoryError("of a test");
            },
            new int[0]);
    try (Link link = attach("method/sample.Calculator.add", program)) {
      assertEquals(2, new Calculator("c").add(1, 1));
      assertEquals(2, new Calculator("c").add(1, 1));
      assertEquals(2, link.status().get(0).errors());
    }
  }

  @Test
  void aStackOverflowLeavesTheGuardFree() {
    AtomicLong calls = new AtomicLong();
    JavaProgram program = JavaProgram.scalar((slot, fields) -> calls.incrementAndGet(), arg(0));
    try (Link link = attach("method/sample.Calculator.nothing", program);
        Link entry = attach("method/sample.Calculator.endless", program);
        Link exit = attach("methodexc/sample.Calculator.endless", program)) {
      for (int i = 0; i < 20; i++) {
        assertThrows(StackOverflowError.class, () -> Calculator.endless(0));
        calls.set(0);
        new Calculator("c").nothing();
        assertEquals(1, calls.get(), "round " + i);
      }
    }
  }

  @Test
  void replacingNeedsNoWeavingAndLosesNothing() throws InterruptedException {
    AtomicLong first = new AtomicLong();
    AtomicLong second = new AtomicLong();
    Calculator calculator = new Calculator("c");
    Link link =
        attach(
            "method/sample.Calculator.nothing",
            JavaProgram.scalar((slot, fields) -> first.incrementAndGet(), arg(0)));
    AtomicLong calls = new AtomicLong();
    Thread caller =
        new Thread(
            () -> {
              while (calls.get() < 3_000_000) {
                calculator.nothing();
                calls.incrementAndGet();
              }
            });
    caller.start();
    JavaProgram two = JavaProgram.scalar((slot, fields) -> second.incrementAndGet(), new int[0]);
    link.replace(0, two);
    long atReplacement = first.get();
    JavaProgram readsMore =
        JavaProgram.scalar((slot, fields) -> second.incrementAndGet(), arg(0), arg(1));
    link.replace(0, readsMore);
    caller.join();
    assertEquals(atReplacement, first.get(), "the first ran on");
    long seen = first.get() + second.get();
    assertTrue(calls.get() - seen <= 4, () -> calls + " calls, " + seen + " events");
    link.close();
  }

  @Test
  void nothingIsSeenAfterClose() {
    AtomicLong calls = new AtomicLong();
    JavaProgram program = JavaProgram.scalar((slot, fields) -> calls.incrementAndGet(), new int[0]);
    Link link = attach("method/sample.Calculator.nothing", program);
    Calculator calculator = new Calculator("c");
    calculator.nothing();
    link.close();
    link.close();
    calculator.nothing();
    assertEquals(1, calls.get());
    assertEquals(1, link.status().get(0).runCount());
  }

  @Test
  void whatRunsBeforeTheGuardIsRefused() {
    JavaProgram program = JavaProgram.scalar((slot, fields) -> 0, new int[0]);
    try (Link link = attach("method/java.lang.invoke.MethodHandle.asType", program)) {
      AttachmentStatus status = link.status().get(0);
      assertEquals(0, status.matches());
      assertEquals(1, status.refused().size());
      assertFalse(status.refused().get(0).isEmpty());
    }
  }
}
