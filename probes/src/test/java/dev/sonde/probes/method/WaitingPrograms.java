package dev.sonde.probes.method;

import static dev.sonde.probes.method.Workout.check;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import sample.Calculator;

/**
 * Part of {@link Workout}: programs that wait at a monitor in virtual threads, as what they call of
 * the JDK may. Since 24 a virtual thread would leave its carrier there, and the next one on that
 * carrier find the slot in use: its event would be lost.
 */
final class WaitingPrograms {
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final MethodAttacher attacher;
  private final Object monitor = new Object();
  private final AtomicInteger waiting = new AtomicInteger();

  WaitingPrograms(MethodAttacher attacher) {
    this.attacher = attacher;
  }

  void keepTheirCarriers(ExecutorService virtual) throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    JavaProgram waits = JavaProgram.scalar((slot, fields) -> await(), new int[0]);
    JavaProgram runs = JavaProgram.scalar((slot, fields) -> 0, new int[0]);
    Calculator calculator = new Calculator("c");
    try (Link link =
        attacher.attach(
            List.of(
                new Attachment(waits, MethodTarget.parse("method/sample.Calculator.add")),
                new Attachment(runs, MethodTarget.parse("method/sample.Calculator.nothing"))))) {
      List<Future<?>> ends = new ArrayList<>();
      synchronized (monitor) {
        for (int i = 0; i < carriers; i++) {
          ends.add(virtual.submit(() -> calculator.add(1, 1)));
        }
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (waiting.get() < carriers && System.nanoTime() < end) {
          Thread.sleep(1);
        }
        for (int i = 0; i < 4 * carriers; i++) {
          ends.add(virtual.submit(calculator::nothing));
        }
        Thread.sleep(50); // time for what must not happen
      }
      for (Future<?> done : ends) {
        done.get();
      }
      for (AttachmentStatus status : link.status()) {
        check(status.recursionMisses() == 0, "lost while others waited: " + status);
        check(status.errors() == 0, status.toString());
      }
      check(link.status().get(1).runCount() == 4L * carriers, link.status().toString());
    } finally {
      virtual.shutdown();
    }
  }

  private long await() {
    waiting.incrementAndGet();
    synchronized (monitor) {
      return waiting.get();
    }
  }
}
