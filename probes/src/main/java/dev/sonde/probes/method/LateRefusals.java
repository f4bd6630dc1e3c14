package dev.sonde.probes.method;

import dev.sonde.probes.Attachment;
import dev.sonde.vm.context.OwnThreads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/**
 * Says what could not be woven when it came: a class that was loaded, or woven anew, after its
 * target was attached. Of one reason once, then the attachment's status has the rest. It is said in
 * a thread of its own, since the one that loads the class is the application's, and after a while
 * in which what belongs together comes together.
 */
final class LateRefusals {
  private static final long GATHERING_NANOS = 1_000_000_000;

  /** So many reasons are said of one binding: a JVM's message may name what no other does. */
  private static final int MAX_REASONS = 10;

  private final BiConsumer<Attachment, List<String>> listener;
  private final Map<Binding, Set<String>> reasons = new HashMap<>(); // said, or about to be
  private final Map<Binding, Map<String, List<String>>> unsaid = new LinkedHashMap<>(); // by reason
  private boolean gathering;

  /**
   * @param listener is told, in a thread of ours, what an attachment had to leave out
   */
  LateRefusals(BiConsumer<Attachment, List<String>> listener) {
    this.listener = listener;
  }

  /** Notes a place that {@code binding} leaves out, for the first time. */
  synchronized void add(Binding binding, String place, String reason) {
    Map<String, List<String>> gathered = unsaid.getOrDefault(binding, Map.of());
    if (gathered.containsKey(reason)) {
      gathered.get(reason).add(place + ": " + reason);
      return;
    }
    Set<String> known = reasons.computeIfAbsent(binding, b -> new HashSet<>());
    if (known.size() == MAX_REASONS || !known.add(reason)) {
      return;
    }
    unsaid
        .computeIfAbsent(binding, b -> new LinkedHashMap<>())
        .put(reason, new ArrayList<>(List.of(place + ": " + reason)));
    if (!gathering) {
      gathering = true;
      OwnThreads.start("sonde-left-out", this::run);
    }
  }

  synchronized void forget(Binding binding) {
    unsaid.remove(binding);
    reasons.remove(binding);
  }

  private void run() {
    LockSupport.parkNanos(GATHERING_NANOS);
    takeUnsaid().forEach(listener);
  }

  private synchronized Map<Attachment, List<String>> takeUnsaid() {
    gathering = false;
    Map<Attachment, List<String>> taken = new LinkedHashMap<>();
    unsaid.forEach(
        (binding, gathered) -> {
          List<String> places = new ArrayList<>();
          gathered.values().forEach(places::addAll);
          taken.put(binding.attachment(), places);
        });
    unsaid.clear();
    return taken;
  }
}
