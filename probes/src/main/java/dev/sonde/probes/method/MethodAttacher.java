package dev.sonde.probes.method;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.MethodTarget.Kind;
import dev.sonde.probes.bridge.RequestContexts;
import dev.sonde.probes.bridge.TrampolinePool;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.stack.JavaStackSource;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.program.ExecutableProgram;
import java.io.IOException;
import java.io.InputStream;
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
  /** Longer than any verified program takes. */
  private static final long QUIESCENCE_NANOS = 30_000_000_000L;

  /** Above the 127 calls after which the JDK spins a class for a hot method handle. */
  private static final int WARM_CALLS = 300;

  private final Instrumentation instrumentation;
  private final EventSources sources;
  private final Weaver weaver;
  private final Retransformer retransformer;
  private final TrampolinePool trampolines = new TrampolinePool();
  private final CounterPool counters = new CounterPool();

  private final LimitKeeper limits = new LimitKeeper(this::switchOff);
  private final LateRefusals late;
  private final MethodNotices notices;
  private int epochs;
  private boolean rehearsed;

  /**
   * @param frames names the methods and lines that events show by id
   */
  public MethodAttacher(Instrumentation instrumentation, JavaFrames frames) {
    this(instrumentation, frames, MethodNotices.NONE);
  }

  /**
   * @param frames names the methods and lines that events show by id
   * @param notices is told what becomes of attachments later
   */
  public MethodAttacher(Instrumentation instrumentation, JavaFrames frames, MethodNotices notices) {
    if (!instrumentation.isRetransformClassesSupported()) {
      throw new AttachException(
          "method probes: the agent may not retransform classes, want Can-Retransform-Classes: true"
              + " in its manifest");
    }
    this.instrumentation = instrumentation;
    this.notices = notices;
    this.late = new LateRefusals(notices::leftOut);
    RequestContexts requests = new RequestContexts(instrumentation);
    this.sources = new EventSources(new JavaStackSource(frames), instrumentation, requests);
    this.weaver = new Weaver(frames, requests);
    this.retransformer = new Retransformer(instrumentation, weaver::takeAsked);
    warm();
  }

  /** What runs before the guard is taken must be done with all that the JDK does lazily. */
  private static void warm() {
    for (int i = 0; i < WARM_CALLS; i++) {
      CarrierSlots.current();
    }
  }

  @Override
  public synchronized Link attach(List<Attachment> attachments) {
    return CarrierSlots.inOwnWork(() -> attachAll(attachments));
  }

  private Link attachAll(List<Attachment> attachments) {
    List<Binding> bindings = new ArrayList<>();
    for (Attachment attachment : attachments) {
      bindings.add(bind(attachment));
    }
    if (weaver.isIdle()) {
      instrumentation.addTransformer(weaver, true);
    }
    weaver.add(bindings);
    sources.requests().refresh();
    retransform(bindings, c -> mayHold(bindings, c));
    bindings.forEach(Binding::connect);
    rehearse(bindings);
    for (Binding binding : bindings) {
      if (binding.matches() == 0) {
        refuseHidden(binding);
      }
      limits.watch(binding);
    }
    return new MethodLink(this, bindings);
  }

  /**
   * Where no loaded class was woven, weaves one of Sonde's own, once: the class writer and what the
   * JDK does for a first method handle are not for the application's first class to wait for.
   */
  private void rehearse(List<Binding> bindings) {
    for (Binding binding : bindings) {
      rehearsed |= binding.matches() > 0;
    }
    if (!rehearsed && !bindings.isEmpty()) {
      rehearsed = true;
      rehearse(bindings.get(0).target(), bindings.get(0).attachment().program());
    }
  }

  private void rehearse(MethodTarget target, ExecutableProgram program) {
    Kind kind = target.kind() == Kind.EXCEPTION ? Kind.EXCEPTION : Kind.RETURN;
    MethodTarget own =
        MethodTarget.of(kind, Specimen.class.getName(), "work").withLimits(target.limits());
    Binding binding = bind(new Attachment(program, own));
    try (InputStream in = Specimen.class.getResourceAsStream("Specimen.class")) {
      if (in != null) {
        weaver.rehearse(binding, in.readAllBytes());
      }
    } catch (IOException e) {
      // the application's first class waits longer, no more
    } finally {
      binding.disconnect();
      binding.release();
      counters.release(binding.probe().counters());
    }
  }

  /** Thousands of classes are asked at the start: plain loops, here and below. */
  private static boolean mayHold(List<Binding> bindings, Class<?> type) {
    for (Binding binding : bindings) {
      if (binding.matcher().mayHold(type)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWoven(List<Binding> bindings, Class<?> type) {
    String key = key(type);
    for (Binding binding : bindings) {
      if (binding.isWovenInto(key)) {
        return true;
      }
    }
    return false;
  }

  /** A target that means hidden classes alone is told why it gets nothing. */
  private void refuseHidden(Binding binding) {
    for (Class<?> type : instrumentation.getAllLoadedClasses()) {
      if (type.isHidden() && binding.matcher().names(type) && isOthers(type)) {
        binding.refuse(type.getName(), Unweavable.HIDDEN);
      }
    }
  }

  /** Of what the JDK and Sonde make up to run method handles nobody wants to read. */
  private static boolean isOthers(Class<?> type) {
    return Unweavable.reason(name(type), type.getClassLoader()) == null;
  }

  private Binding bind(Attachment attachment) {
    if (!(attachment.target() instanceof MethodTarget target)) {
      throw new AttachException(
          "method probes: got target %s, want one in Java methods".formatted(attachment.target()));
    }
    Inputs inputs = Inputs.of(attachment.program(), target.kind(), target.limits());
    epochs = epochs % Shape.MAX_EPOCH + 1;
    Probe probe =
        new Probe(attachment.program(), target, inputs, counters.acquire(), sources, epochs);
    return new Binding(attachment, target, probe, trampolines, late);
  }

  /**
   * Returns how many classes have been added to java.lang so far: those that were in use at once.
   */
  int trampolinesDefined() {
    return trampolines.defined();
  }

  /** Takes bindings out of force: when this returns, no program of theirs runs any more. */
  synchronized List<AttachmentStatus> detach(List<Binding> bindings) {
    return CarrierSlots.inOwnWork(() -> detachAll(bindings));
  }

  private List<AttachmentStatus> detachAll(List<Binding> bindings) {
    bindings.forEach(limits::forget);
    bindings.forEach(late::forget);
    boolean restored = unweave(bindings);
    List<AttachmentStatus> last = statusOfAll(bindings);
    for (Binding binding : bindings) {
      if (restored) {
        binding.release(); // else woven code still calls them: they stay, and do nothing
      }
      counters.release(binding.probe().counters());
    }
    return last;
  }

  /** Returns false when the JVM refused to give a class its code back. */
  private boolean unweave(List<Binding> bindings) {
    weaver.remove(bindings);
    bindings.forEach(Binding::disconnect);
    boolean restored = retransform(bindings, c -> Marker.is(c) || isWoven(bindings, c));
    if (weaver.isIdle()) {
      instrumentation.removeTransformer(weaver);
    }
    awaitQuiescence();
    return restored;
  }

  /** Ends the events of a binding whose link stays open, to say why. */
  private void switchOff(Binding binding, String reason) {
    synchronized (this) {
      binding.disable(reason);
      try {
        unweave(List.of(binding));
      } catch (AttachException runsOn) {
        // a run has not ended yet: nothing is freed before the link closes, which waits again
      }
    }
    notices.switchedOff(binding.attachment(), reason);
  }

  /** Swaps a binding's program, weaving anew only if the new one reads what the old one did not. */
  synchronized void replace(Binding binding, ExecutableProgram program) {
    CarrierSlots.inOwnWork(
        () -> {
          replaceNow(binding, program);
          return null;
        });
  }

  private void replaceNow(Binding binding, ExecutableProgram program) {
    Probe old = binding.probe();
    Inputs inputs =
        Inputs.of(program, binding.target().kind(), binding.target().limits())
            .timedAs(old.inputs());
    Probe next = new Probe(program, binding.target(), inputs, old.counters(), sources, old.epoch());
    binding.replace(next);
    if (!inputs.isWithin(old.inputs())) {
      retransform(List.of(binding), c -> binding.isWovenInto(key(c)));
      binding.dropOutdated();
    }
    old.close();
    retransform(List.of(), Marker::is);
    awaitQuiescence();
  }

  /** Returns when no thread runs a program whose probe was closed before the last safepoint. */
  private static void awaitQuiescence() {
    if (!CarrierSlots.awaitQuiescent(QUIESCENCE_NANOS)) {
      throw new AttachException(
          "detach: a program still runs after %d s; its maps must not be freed"
              .formatted(QUIESCENCE_NANOS / 1_000_000_000));
    }
  }

  synchronized List<AttachmentStatus> status(List<Binding> bindings) {
    return CarrierSlots.inOwnWork(() -> statusOfAll(bindings));
  }

  private List<AttachmentStatus> statusOfAll(List<Binding> bindings) {
    List<AttachmentStatus> all = new ArrayList<>();
    NearMatches loaded = null;
    for (Binding binding : bindings) {
      List<String> near = List.of();
      if (binding.matches() == 0 && binding.refused().isEmpty()) {
        loaded = loaded != null ? loaded : new NearMatches(instrumentation.getAllLoadedClasses());
        near = loaded.of(binding.target());
      }
      all.add(status(binding, near));
    }
    return all;
  }

  private static AttachmentStatus status(Binding binding, List<String> near) {
    ProbeCounters counts = binding.probe().counters();
    return new AttachmentStatus(
        binding.attachment(),
        binding.matches(),
        near,
        binding.refused(),
        counts.sum(ProbeCounters.RUNS),
        counts.runTimeNanos(),
        counts.sum(ProbeCounters.MISSES),
        counts.sum(ProbeCounters.LIMITED),
        counts.sum(ProbeCounters.ERRORS),
        0,
        List.of(),
        binding.disabled());
  }

  /**
   * Retransforms the loaded classes that {@code wanted} takes; false when some stay as they are.
   */
  private boolean retransform(List<Binding> bindings, Predicate<Class<?>> wanted) {
    List<Class<?>> classes = new ArrayList<>();
    for (Class<?> type : instrumentation.getAllLoadedClasses()) {
      boolean plain = !type.isArray() && !type.isPrimitive() && !type.isHidden();
      if (plain && wanted.test(type) && instrumentation.isModifiableClass(type)) {
        classes.add(type);
      }
    }
    List<Class<?>> kept = new ArrayList<>();
    retransformer.retransform(
        classes,
        (type, why) -> {
          kept.add(type);
          bindings.forEach(b -> b.refuseClass(type.getName(), key(type), why));
        });
    return kept.isEmpty();
  }

  private static String name(Class<?> type) {
    return type.getName().replace('.', '/');
  }

  private static String key(Class<?> type) {
    return Weaver.key(name(type), type.getClassLoader());
  }
}
