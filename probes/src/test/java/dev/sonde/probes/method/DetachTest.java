package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.MethodContext;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sample.Calculator;
import sample.Shop;

@SuppressWarnings("try") // a link that is only closed
class DetachTest {
  private static final boolean LONG = Boolean.getBoolean("sonde.long");

  @ParameterizedTest
  @ValueSource(
      classes = {
        Calculator.class,
        Shop.class,
        Shop.Offer.class,
        String.class,
        ConcurrentHashMap.class,
        java.util.HashMap.class,
        java.net.Socket.class,
        java.io.FileInputStream.class,
        java.util.List.class,
        Thread.class
      })
  void classesAreAsTheyWereBefore(Class<?> type) throws Exception {
    new Shop.Offer(true);
    ClassBytes.of(type); // classes from the CDS archive change at the first look, with no weaver
    byte[] before = ClassBytes.of(type);
    List<Attachment> attachments = new ArrayList<>();
    for (String kind : new String[] {"method", "methodret", "methodexc"}) {
      JavaProgram program =
          JavaProgram.scalar(
              (slot, fields) -> 0,
              MethodContext.argumentOffset(0),
              MethodContext.argumentOffset(1),
              MethodContext.DURATION_NANOS);
      attachments.add(
          new Attachment(program, MethodTarget.parse(kind + "/" + type.getName() + ".*")));
    }
    try (Link link = Probes.ATTACHER.attach(attachments)) {
      assertFalse(ClassBytes.callsOfSonde(ClassBytes.of(type)).isEmpty());
    }
    byte[] after = ClassBytes.of(type);
    assertEquals(List.of(), ClassBytes.callsOfSonde(after));
    assertArrayEquals(ClassBytes.canonical(before), ClassBytes.canonical(after));
  }

  /** A look at a class has the JVM make it anew; what detaching does by itself, others see. */
  @Test
  void detachingGivesTheJvmItsClassesBack() throws Exception {
    assertEquals(3, new Calculator("c").add(1, 2));
    Instrumentation jvm = SelfAttach.instrumentation();
    AtomicReference<byte[]> last = new AtomicReference<>(new byte[0]);
    ClassFileTransformer other =
        new ClassFileTransformer() {
          @Override
          public byte @Nullable [] transform(
              @Nullable ClassLoader loader,
              String name,
              @Nullable Class<?> type,
              @Nullable ProtectionDomain domain,
              byte[] bytes) {
            if ("sample/Calculator".equals(name)) {
              last.set(bytes.clone());
            }
            return null;
          }
        };
    try (Link earlier = Probes.attach("method/sample.Shop.*", Probes.nothing())) {
      jvm.addTransformer(other, true); // behind Sonde's
      Link link = Probes.attach("method/sample.Calculator.*", Probes.nothing());
      assertFalse(ClassBytes.callsOfSonde(last.get()).isEmpty());
      link.close();
      assertEquals(List.of(), ClassBytes.callsOfSonde(last.get()));
    } finally {
      jvm.removeTransformer(other);
    }
  }

  @Test
  void aThousandAttachmentsLeaveNothingBehind() throws Exception {
    AtomicLong runs = new AtomicLong();
    Calculator calculator = new Calculator("c");
    List<Attachment> both = new ArrayList<>();
    for (String kind : new String[] {"method", "methodret"}) {
      MethodTarget target = MethodTarget.parse(kind + "/sample.Calculator.nothing");
      both.add(new Attachment(Probes.counting(runs), target));
    }
    int defined = 0;
    int constants = 0;
    for (int round = 0; round < 1000; round++) {
      try (Link link = Probes.ATTACHER.attach(both)) {
        calculator.nothing();
      }
      calculator.nothing();
      assertEquals(2 * (round + 1), runs.get());
      if (round == 0) {
        defined = Probes.ATTACHER.trampolinesDefined();
        constants = new ClassReader(ClassBytes.of(Calculator.class)).getItemCount();
      }
    }
    assertEquals(defined, Probes.ATTACHER.trampolinesDefined());
    assertEquals(constants, new ClassReader(ClassBytes.of(Calculator.class)).getItemCount());
    long left = glueAfterCollection();
    assertTrue(left < 50, left + " classes of 2000 that ran programs have not been unloaded");
  }

  /** Returns how many of the classes that stand between trampolines and programs are loaded. */
  private static long glueAfterCollection() {
    System.gc();
    System.gc();
    return Stream.of(SelfAttach.instrumentation().getAllLoadedClasses())
        .filter(type -> type.isHidden() && type.getName().contains("Glue$Fire"))
        .count();
  }

  /** A method that was entered before the detach returns after its trampoline serves another. */
  @Test
  void aLateReturnReachesNoOtherProbe() throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicLong first = new AtomicLong();
    AtomicLong second = new AtomicLong();
    Link early = Probes.attach("methodret/sample.Late.pass", Probes.counting(first));
    Thread late = new Thread(() -> new sample.Late().pass(inside, go));
    late.start();
    inside.await();
    assertEquals(1, early.status().get(0).matches());
    early.close();
    Link other = Probes.attach("methodret/sample.Calculator.nothing", Probes.counting(second));
    go.countDown();
    late.join();
    assertEquals(0, first.get());
    assertEquals(0, second.get(), "the pooled trampoline was called with another's event");
    new Calculator("c").nothing();
    assertEquals(1, second.get());
    other.close();
  }

  @Test
  void whatIsOfSondeIsNeverWoven() {
    try (Link link = Probes.attach("method/dev.sonde.probes.*.*", Probes.nothing())) {
      assertEquals(0, link.status().get(0).matches());
    }
  }

  @Test
  void detachingUnderLoadEndsAllEvents() throws InterruptedException {
    AtomicLong runs = new AtomicLong();
    Calculator calculator = new Calculator("c");
    Thread[] callers = new Thread[4];
    AtomicLong calls = new AtomicLong();
    boolean[] stop = new boolean[1];
    for (int i = 0; i < callers.length; i++) {
      callers[i] =
          new Thread(
              () -> {
                while (!stop[0]) {
                  calculator.greet("x");
                  calls.incrementAndGet();
                }
              });
      callers[i].start();
    }
    for (int round = 0; round < (LONG ? 300 : 8); round++) {
      Link link = Probes.attach("methodret/sample.Calculator.greet", Probes.counting(runs));
      long at = calls.get();
      while (calls.get() < at + 10_000) {
        Thread.onSpinWait();
      }
      link.close();
      long after = runs.get();
      assertTrue(after > 0);
      Thread.sleep(5);
      assertEquals(after, runs.get(), "events after close");
      runs.set(0);
    }
    stop[0] = true;
    for (Thread caller : callers) {
      caller.join();
    }
  }
}
