package dev.sonde.probes.method;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.bridge.Trampoline;
import dev.sonde.probes.bridge.TrampolinePool;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one attachment has become: its probe, its trampolines, and the classes that call them. */
final class Binding {
  /** How many refused places are remembered by name in all. */
  private static final int MAX_REFUSED = 1000;

  private final Attachment attachment;
  private final TargetMatcher matcher;
  private final TrampolinePool pool;
  private final LateRefusals late;
  private final Map<Shape, Trampoline> trampolines = new HashMap<>();
  private final List<Trampoline> outdated = new ArrayList<>();

  /** What trampolines lead to once all that is loaded has been woven; null: they do. */
  private @Nullable Map<Trampoline, MethodHandle> waiting = new LinkedHashMap<>();

  private final Map<String, Integer> sitesByClass = new HashMap<>();
  private final Set<String> refused = new LinkedHashSet<>();
  private final Map<String, Integer> refusedOfReason = new HashMap<>();
  private @Nullable Trampoline start;
  private @Nullable Trampoline carriers;
  private @Nullable Trampoline slots;
  private Probe probe;
  private String disabled = "";

  /**
   * @param late is told what is refused once the binding is {@link #connect}ed
   */
  Binding(
      Attachment attachment,
      MethodTarget target,
      Probe probe,
      TrampolinePool pool,
      LateRefusals late) {
    this.attachment = attachment;
    this.late = late;
    this.matcher = new TargetMatcher(target);
    this.probe = probe;
    this.pool = pool;
  }

  Attachment attachment() {
    return attachment;
  }

  MethodTarget target() {
    return matcher.target();
  }

  TargetMatcher matcher() {
    return matcher;
  }

  synchronized Probe probe() {
    return probe;
  }

  /**
   * Makes {@code next} the probe: of sites woven from now on and, if its inputs are there, of all.
   */
  synchronized void replace(Probe next) {
    boolean same = next.inputs().isWithin(probe.inputs());
    probe = next;
    if (start != null) {
      start.target(EntryGlue.makeStart(next));
    }
    if (same) {
      trampolines.forEach((shape, trampoline) -> trampoline.target(GlueClass.make(next, shape)));
    } else {
      outdated.addAll(trampolines.values());
      trampolines.clear();
    }
  }

  /** Disconnects what is woven nowhere any more since {@link #replace}. */
  synchronized void dropOutdated() {
    outdated.forEach(pool::release);
    outdated.clear();
  }

  /**
   * Returns the call to weave in.
   *
   * @param method whose arguments and result are handed over
   * @param methodId its number
   */
  synchronized Site site(WovenMethod method, int methodId) {
    Inputs inputs = probe.inputs();
    long arguments = inputs.arguments() == 0 ? 0 : inputs.arguments() & method.present();
    Shape shape =
        new Shape(
            inputs.entryTime(),
            inputs.entryTime() && !probe.decidesAtEntry(),
            arguments,
            arguments == 0 ? 0 : method.references() & arguments,
            inputs.result() ? resultOf(method) : 'V');
    Trampoline trampoline = trampolines.get(shape);
    if (trampoline == null) {
      trampoline = lead(shape.descriptor(), GlueClass.make(probe, shape));
      trampolines.put(shape, trampoline);
    }
    long tag = Shape.tag(probe.epoch(), method.argumentCount(), methodId);
    if (shape.slotted() && slots == null) {
      carriers = lookUp(EntryGlue.CARRIERS, EntryGlue.makeCarriers());
      slots = lookUp(EntryGlue.SLOTS, EntryGlue.makeSlots());
    }
    return new Site(target(), shape, trampoline, start(), carriers, slots, tag);
  }

  /** Returns a trampoline that leads to {@code target} at once: nothing comes of it alone. */
  private Trampoline lookUp(String descriptor, MethodHandle target) {
    Trampoline trampoline = pool.acquire(descriptor);
    trampoline.target(target);
    return trampoline;
  }

  /** Returns a trampoline that leads to {@code target}, or will when {@link #connect} is called. */
  private Trampoline lead(String descriptor, MethodHandle target) {
    Trampoline trampoline = pool.acquire(descriptor);
    trampoline.prepare(target);
    if (waiting == null) {
      trampoline.connect(target);
    } else {
      waiting.put(trampoline, target);
    }
    return trampoline;
  }

  /**
   * Lets events come. Not before all loaded classes are woven: what weaves them, and the
   * application meanwhile, run woven code that has not been compiled yet, where an event costs a
   * hundred times what it does later. Nor is any event seen before others that came earlier.
   */
  synchronized void connect() {
    if (waiting != null) {
      waiting.forEach(Trampoline::connect);
      waiting = null;
    }
  }

  private @Nullable Trampoline start() {
    if (probe.decidesAtEntry() && start == null) {
      start = lead(EntryGlue.START, EntryGlue.makeStart(probe));
    }
    return start;
  }

  private char resultOf(WovenMethod method) {
    return switch (target().kind()) {
      case RETURN -> Shape.resultOf(method.returnType());
      case EXCEPTION, ALLOC -> 'L';
      case ENTRY, CALL, LINE -> 'V';
    };
  }

  /** Notes that a class has {@code sites} calls of this binding; 0 when it has none any more. */
  synchronized void woven(String classKey, int sites) {
    if (sites == 0) {
      sitesByClass.remove(classKey);
    } else {
      sitesByClass.put(classKey, sites);
    }
  }

  synchronized void refuse(String place, String reason) {
    int ofReason = refusedOfReason.getOrDefault(reason, 0);
    if (ofReason < AttachmentStatus.MAX_OF_REASON
        && refused.size() < MAX_REFUSED
        && refused.add(place + ": " + reason)) {
      refusedOfReason.put(reason, ofReason + 1);
      if (waiting == null) {
        late.add(this, place, reason);
      }
    }
  }

  /** Notes that the JVM refused a class as it was woven; it runs on unwoven. */
  synchronized void refuseClass(String className, String classKey, Throwable why) {
    if (sitesByClass.remove(classKey) != null) {
      refuse(className, why.toString());
    }
  }

  synchronized boolean isWovenInto(String classKey) {
    return sitesByClass.containsKey(classKey);
  }

  synchronized int matches() {
    int places = 0;
    for (int inClass : sitesByClass.values()) {
      places += inClass;
    }
    return places;
  }

  synchronized List<String> refused() {
    return List.copyOf(refused);
  }

  /** Closes the way to the program; calls that are woven still do nothing from now on. */
  synchronized void disconnect() {
    probe.close();
    trampolines.values().forEach(Trampoline::disconnect);
    outdated.forEach(Trampoline::disconnect);
    if (start != null) {
      start.disconnect();
    }
    if (slots != null) {
      slots.disconnect(); // before the other, which says 0 then: whose slot is nobody's
    }
    if (carriers != null) {
      carriers.disconnect();
    }
  }

  /** Gives the trampolines back, once no woven code calls them. */
  synchronized void release() {
    trampolines.values().forEach(pool::release);
    trampolines.clear();
    dropOutdated();
    if (start != null) {
      pool.release(start);
      start = null;
    }
    if (carriers != null) {
      pool.release(carriers);
      carriers = null;
    }
    if (slots != null) {
      pool.release(slots);
      slots = null;
    }
  }

  /** Notes why the probe was switched off. */
  synchronized void disable(String reason) {
    disabled = reason;
  }

  /** Returns why the probe was switched off, "" when it was not. */
  synchronized String disabled() {
    return disabled;
  }
}
