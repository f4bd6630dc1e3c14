package dev.sonde.probes.method;

import static dev.sonde.probes.method.Workout.check;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.RingHelpers;
import dev.sonde.vm.map.LossReason;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicLong;
import sample.Calculator;

/**
 * The main class of a child JVM, and its agent: one thread recurses to the end of its stack, again
 * and again from another depth, through a method whose probe writes a record each time. Wherever
 * that thread was stopped, the next thread's record must arrive. Prints "ok" if all did.
 */
public final class StackEnd {
  private static final long STACK_BYTES = 256 * 1024;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private static Instrumentation given;

  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong overflows = new AtomicLong();
  private volatile RingbufMap ring = makeRing();

  public static void premain(String arguments, Instrumentation instrumentation) {
    JdkAccess.open(instrumentation);
    given = instrumentation;
  }

  public static void main(String[] arguments) throws Exception {
    new StackEnd().run(Integer.getInteger("sonde.rounds", 100));
    System.out.println("ok");
  }

  private void run(int rounds) throws Exception {
    MethodAttacher attacher = new MethodAttacher(given, new JavaFrames());
    JavaProgram program = JavaProgram.scalar((slot, fields) -> write(slot), new int[0]);
    SynchronousQueue<Integer> depths = new SynchronousQueue<>();
    SynchronousQueue<Integer> done = new SynchronousQueue<>();
    Thread deep = new Thread(null, () -> recurse(depths, done), "deep", STACK_BYTES);
    deep.setDaemon(true);
    deep.start();
    Calculator calculator = new Calculator("c");
    try (Link link =
        attacher.attach(
            List.of(
                new Attachment(program, MethodTarget.parse("method/sample.Calculator.endless")),
                new Attachment(program, MethodTarget.parse("method/sample.Calculator.nothing"))))) {
      for (int round = 0; round < rounds; round++) {
        ring = makeRing(); // in whose favour nobody is yet
        depths.put(round);
        done.take();
        refused.set(0);
        calculator.nothing(); // in this thread, which has the stack that it needs
        check(refused.get() == 0, "round " + round + ": no record, losses " + ring.losses());
        drain(round);
      }
      check(overflows.get() == rounds, overflows + " overflows in " + rounds + " rounds");
      check(link.status().get(0).errors() > 0, "no run was stopped: " + link.status());
    }
  }

  /** A ring that never fills up here. */
  private static RingbufMap makeRing() {
    return (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 1 << 20));
  }

  private long write(CarrierSlot slot) {
    long record = RingHelpers.ringbufReserve(slot, ring, 16, 0);
    if (record == 0) {
      refused.incrementAndGet();
      return 1;
    }
    RingHelpers.ringbufSubmit(slot, record, 0);
    return 0;
  }

  private void recurse(SynchronousQueue<Integer> depths, SynchronousQueue<Integer> done) {
    try {
      while (true) {
        int depth = depths.take();
        try {
          descend(depth);
        } catch (StackOverflowError meant) {
          overflows.incrementAndGet();
        }
        done.put(depth);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Frames of two sizes, so that the end comes at another place of what the probe calls. */
  private static long descend(int depth) {
    return depth == 0
        ? Calculator.endless(0)
        : depth % 3 == 0 ? descend(depth - 1) + 1 : descendWide(depth - 1, depth, 2L * depth, 7);
  }

  private static long descendWide(int depth, long a, long b, long c) {
    return descend(depth) + a * b + c;
  }

  /** Reads until nothing is left: a record that is never finished would stand in the way. */
  private void drain(int round) {
    RingReader reader = ring.reader();
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (reader.pendingBytes() > 0) {
      reader.poll((data, offset, length) -> {}, Integer.MAX_VALUE);
      check(System.nanoTime() < end, "round " + round + ": " + reader.pendingBytes() + " B wait");
    }
    check(reader.abandoned() == 0, "round " + round + ": a record was never finished");
    check(
        ring.losses().getOrDefault(LossReason.RING_CONTENDED, 0L) == 0,
        "round " + round + ": " + ring.losses());
    ring.close();
  }
}
