package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sample.Calculator;

/**
 * A stack's text, ten times as dear as its frames, is asked for when a frame is new, not at each
 * event.
 */
class StackCostTest {
  private final AtomicLong stacks = new AtomicLong();

  @Test
  void knownFramesCostNoText() throws Exception {
    JavaProgram capture = JavaProgram.scalar(this::capture, new int[0]);
    JavaProgram nothing = Probes.nothing(); // never runs: its target is reached from a program
    List<Attachment> attachments =
        List.of(
            new Attachment(capture, MethodTarget.parse("method/sample.Calculator.add")),
            new Attachment(
                nothing, MethodTarget.parse("method/java.lang.Throwable.getStackTrace")));
    Calculator calculator = new Calculator("c");
    Method add = Calculator.class.getMethod("add", int.class, int.class);
    try (Link link = Probes.ATTACHER.attach(attachments)) {
      for (int warmUp = 0; warmUp < 200; warmUp++) { // reflection changes its ways when it is hot
        everyWay(calculator, add);
      }
      long asked = link.status().get(1).recursionMisses();
      assertTrue(asked > 0, "the probe on getStackTrace sees nothing");
      long before = stacks.get();
      for (int i = 0; i < 200; i++) {
        everyWay(calculator, add);
      }
      assertEquals(before + 200 * 5, stacks.get());
      long more = link.status().get(1).recursionMisses() - asked;
      assertTrue(more < 10, more + " texts for 1000 stacks that were all there before");
    }
  }

  private long capture(CarrierSlot slot, long[] fields) {
    int depth = slot.event().stackSource().capture(slot.frames(), 0, true);
    stacks.addAndGet(depth > 1 ? 1 : 0);
    return 0;
  }

  /** By lambdas, streams, reflection and recursion: five calls. */
  private static void everyWay(Calculator calculator, Method add) throws Exception {
    Runnable lambda = () -> calculator.add(1, 2);
    lambda.run();
    IntStream.range(0, 2).forEach(i -> calculator.add(i, 2));
    add.invoke(calculator, 1, 2);
    recurse(40, calculator);
  }

  private static long recurse(int depth, Calculator calculator) {
    return depth == 0 ? calculator.add(1, 2) : recurse(depth - 1, calculator);
  }
}
