package dev.sonde.probes.method;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.probes.bridge.TrampolinePool;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.stack.JavaStackSource;
import java.lang.instrument.Instrumentation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Attaches programs to Java methods by weaving calls into them. One is enough for a JVM: all its
 * links share trampolines and counters.
 *
 * <p>{@link JdkAccess#open} must have been called before.
 */
public final class MethodAttacher implements Attacher {
  private final Instrumentation instrumentation;
  private final JavaStackSource stacks;
  private final Weaver weaver;
  private final Retransformer retransformer;
  private final TrampolinePool trampolines = new TrampolinePool();
  private final CounterPool counters = new CounterPool();

  /**
   * @param frames names the methods and lines that events show by id
   */
  public MethodAttacher(Instrumentation instrumentation, JavaFrames frames) {
    if (!instrumentation.isRetransformClassesSupported()) {
      throw new AttachException(
          "method probes: the agent may not retransform classes, want Can-Retransform-Classes: true"
              + " in its manifest");
    }
    this.instrumentation = instrumentation;
    this.stacks = new JavaStackSource(frames);
    this.weaver = new Weaver(frames);
    this.retransformer = new Retransformer(instrumentation);
  }

  @Override
  public synchronized Link attach(List<Attachment> attachments) {
    List<Binding> bindings = new ArrayList<>();
    for (Attachment attachment : attachments) {
      bindings.add(bind(attachment));
    }
    if (weaver.isIdle()) {
      instrumentation.addTransformer(weaver, true);
    }
    weaver.add(bindings);
    retransform(bindings, c -> bindings.stream().anyMatch(b -> b.matchesClass(name(c))));
    return new MethodLink(this, bindings);
  }

  private Binding bind(Attachment attachment) {
    if (!(attachment.target() instanceof MethodTarget target)) {
      throw new AttachException("method probes: got target %s, want one in Java methods".formatted(attachment.target()));
    }
    Inputs inputs = Inputs.of(attachment.program(), target.kind(), target.limits());
    Probe probe = new Probe(attachment.program(), target, inputs, counters.acquire(), stacks);
    return new Binding(attachment, target, probe, trampolines);
  }

  /** Takes bindings out of force: when this returns, no program of theirs runs any more. */
  synchronized void detach(List<Binding> bindings) {
    weaver.remove(bindings);
    bindings.forEach(Binding::disconnect);
    boolean restored = retransform(bindings, c -> bindings.stream().anyMatch(b -> b.isWovenInto(key(c))));
    if (weaver.isIdle()) {
      instrumentation.removeTransformer(weaver);
    }
    for (Binding binding : bindings) {
      if (restored) {
        binding.release(); // else woven code still calls them: they stay, and do nothing
      }
      counters.release(binding.probe().counters());
    }
  }

}
