package dev.sonde.probes.method;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The one attacher of the test JVM, and programs that many tests use. */
final class Probes {
  static final JavaFrames FRAMES = new JavaFrames();
  static final MethodAttacher ATTACHER = new MethodAttacher(SelfAttach.instrumentation(), FRAMES);

  /** For bindings of which nobody wants to hear. */
  static final LateRefusals SILENT = new LateRefusals((attachment, places) -> {});

  private Probes() {}

  static Link attach(String target, ExecutableProgram program) {
    return attach(MethodTarget.parse(target), program);
  }

  static Link attach(MethodTarget target, ExecutableProgram program) {
    return ATTACHER.attach(List.of(new Attachment(program, target)));
  }

  /** Returns a program that reads nothing and counts its runs. */
  static JavaProgram counting(AtomicLong runs) {
    return JavaProgram.scalar((slot, fields) -> runs.incrementAndGet(), new int[0]);
  }

  static JavaProgram nothing() {
    return JavaProgram.scalar((slot, fields) -> 0, new int[0]);
  }
}
