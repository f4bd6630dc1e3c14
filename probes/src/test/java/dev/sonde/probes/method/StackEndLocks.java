package dev.sonde.probes.method;

import static dev.sonde.probes.method.Workout.check;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.CarrierSlot;
import java.lang.instrument.Instrumentation;
import java.util.List;
import sample.Calculator;

/**
 * The main class of a child JVM, and its agent: threads run to the end of their stacks, and from
 * there back, at each step call a method whose probe works on something that has a lock. Wherever
 * they were stopped, that must be as if they had not begun, or be done. Prints "ok" if so.
 */
public final class StackEndLocks {
  private static final long STACK_BYTES = 256 * 1024;
  private static final long PATIENCE_MILLIS = 100_000;

  /** A thread goes on stepping back until this many probes in a row ran to their end. */
  private static final int ENOUGH = 30;

  private static final int WARM_CALLS = 300;

  private static Instrumentation given;

  private final Calculator calculator = new Calculator("c");
  private volatile StackEndWork work;
  private int depth;
  private int inARow;
  private long runs;

  public static void premain(String arguments, Instrumentation instrumentation) {
    JdkAccess.open(instrumentation);
    given = instrumentation;
  }

  public static void main(String[] arguments) throws Exception {
    new StackEndLocks().run(Integer.getInteger("sonde.rounds", 10));
    System.out.println("ok");
  }

  private void run(int rounds) throws Exception {
    MethodAttacher attacher = new MethodAttacher(given, new JavaFrames());
    JavaProgram program = JavaProgram.scalar((slot, fields) -> probed(slot), new int[0]);
    MethodTarget target = MethodTarget.parse("method/sample.Calculator.nothing");
    try (Link link = attacher.attach(List.of(new Attachment(program, target)))) {
      for (int round = 0; round < rounds; round++) {
        for (StackEndWork next : StackEndWork.all()) {
          work = next;
          warm();
          depth = round;
          inARow = 0;
          Thread deep = new Thread(null, this::reachTheEnd, "deep", STACK_BYTES);
          deep.start();
          deep.join(PATIENCE_MILLIS);
          check(!deep.isAlive(), next + ", round " + round + ": hangs");
          check(inARow == ENOUGH, next + ", round " + round + ": no probe runs in that thread");
          checkAfter(next, round);
        }
      }
      check(link.status().get(0).errors() > 0, "no run was stopped: " + link.status());
    }
  }

  /**
   * Has the classes loaded, those too that the JDK makes for handles that are called often: the JVM
   * itself complains of a transformer that finds no stack.
   */
  private void warm() {
    for (int i = 0; i < WARM_CALLS; i++) {
      calculator.nothing();
    }
  }

  /** In another thread, for which nothing may be taken. */
  private void checkAfter(StackEndWork done, int round) throws InterruptedException {
    long before = runs;
    Thread other = new Thread(calculator::nothing, "other");
    other.start();
    other.join(PATIENCE_MILLIS);
    check(runs == before + 1, done + ", round " + round + ": a new thread has no carrier slot");
    done.check(done + ", round " + round);
    done.close();
  }

  private void reachTheEnd() {
    if (!work.ofNewThreads()) {
      calculator.nothing(); // else no run begins before there is room for a carrier slot
      inARow = 0;
    }
    try {
      descend(depth, 1, 2, 3, 4);
    } catch (StackOverflowError neverEnough) {
      inARow = 0;
    }
  }

  /** Frames of two sizes, so that the end comes at another place of what the probe calls. */
  private long descend(int left, long a, long b, long c, long d) {
    if (left > 0) {
      return descendWide(left - 1, left, 2L * left, 7);
    }
    try {
      return descend(0, b, c, d, a + 1) + a * b * c * d; // a frame worth a step
    } catch (StackOverflowError end) {
      if (inARow < ENOUGH) {
        step();
        throw end;
      }
      return 0;
    }
  }

  private long descendWide(int left, long a, long b, long c) {
    return descend(left, a, b, c, a + b) + a * b + c;
  }

  private void step() {
    long before = runs;
    try {
      calculator.nothing();
    } catch (StackOverflowError meant) {
      inARow = 0;
    }
    inARow = runs == before ? 0 : inARow + 1;
  }

  private long probed(CarrierSlot slot) {
    work.once(slot);
    runs++;
    return 0;
  }
}
