package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sample.Calculator;

/** What is woven for practice, before a class of the application is, is seen by nobody. */
@SuppressWarnings("try") // a link that is only closed
class RehearsalTest {
  private final MethodAttacher attacher =
      new MethodAttacher(SelfAttach.instrumentation(), new JavaFrames());
  private final AtomicLong runs = new AtomicLong();

  @Test
  void itLeavesATrampolineForTheFirstClassAndNothingElse() {
    Calculator calculator = new Calculator("c");
    try (Link waiting = attach("method/sample.NotLoaded.nothing")) {
      AttachmentStatus status = waiting.status().get(0);
      assertEquals(0, status.matches());
      assertEquals(List.of(), status.refused());
      assertEquals(0, status.runCount());
      assertEquals(1, attacher.trampolinesDefined());
      try (Link link = attach("method/sample.Calculator.nothing")) {
        calculator.nothing();
        assertEquals(1, link.status().get(0).runCount());
      }
      assertEquals(1, attacher.trampolinesDefined());
      assertEquals(1, runs.get());
    }
  }

  @Test
  void whereAClassIsWovenAtOnceThereIsNone() {
    try (Link link = attach("method/sample.Calculator.nothing")) {
      assertEquals(1, link.status().get(0).matches());
      try (Link exits = attach("methodret/sample.NotLoaded.nothing")) {
        assertEquals(1, attacher.trampolinesDefined());
      }
    }
  }

  @Test
  void nothingToAttachIsNoMistake() {
    try (Link link = attacher.attach(List.of())) {
      assertEquals(List.of(), link.status());
    }
  }

  private Link attach(String target) {
    return attacher.attach(
        List.of(new Attachment(Probes.counting(runs), MethodTarget.parse(target))));
  }
}
