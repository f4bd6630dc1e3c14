package dev.sonde.probes.record;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.perf.EventSet;
import dev.sonde.probes.uprobe.KernelSite;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One attachment of a batch: its places, its events once they are open, its program's counts.
 * Places may be opened in the background while others ask for the status.
 */
final class NativeAttachment {
  private static final int REFUSED_SHOWN = 10;

  private final Attachment attachment;
  private final NativeTarget target;
  private final List<? extends KernelSite> sites;
  private final RecordProgram program;
  private final List<EventSet> events = new CopyOnWriteArrayList<>();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>(); // the first few
  private final AtomicInteger placed = new AtomicInteger();
  private final AtomicInteger leftOut = new AtomicInteger();
  private volatile long lostBefore = -1;

  /**
   * @param sites none for samples of a counter, which are of no place
   */
  NativeAttachment(Attachment attachment, NativeTarget target, List<? extends KernelSite> sites) {
    this.attachment = attachment;
    this.target = target;
    this.sites = sites;
    this.program = new RecordProgram(attachment);
    sites.stream()
        .map(KernelSite::warning)
        .filter(warning -> !warning.isEmpty())
        .distinct()
        .limit(3)
        .forEach(warnings::add);
  }

  NativeTarget target() {
    return target;
  }

  List<? extends KernelSite> sites() {
    return sites;
  }

  RecordProgram program() {
    return program;
  }

  boolean isSampled() {
    return target instanceof PerfEventTarget;
  }

  SampleNeeds needs() {
    return SampleNeeds.of(attachment.program().program());
  }

  void opened(EventSet set) {
    events.add(set);
  }

  void warn(String warning) {
    warnings.add(warning);
  }

  /** Counts places that run the program from now on. */
  void placed(int count) {
    placed.addAndGet(count);
  }

  /** Counts a place that the kernel does not take. */
  void leaveOut(String name, String why) {
    if (leftOut.getAndIncrement() < REFUSED_SHOWN) {
      refused.add(name + ": " + why);
    }
  }

  /** Tells whether no place was taken and none is left to try. */
  boolean isHopeless() {
    return leftOut.get() >= sites.size();
  }

  /** Keeps what can no longer be asked for once the events are closed. */
  void closing() {
    lostBefore = lost();
  }

  AttachmentStatus status(String failure) {
    return new AttachmentStatus(
        attachment,
        isSampled() ? 1 : placed.get(),
        List.of(),
        shown(refused, leftOut.get()),
        program.runs(),
        program.runTimeNanos(),
        0,
        0,
        program.errors(),
        Math.max(0, lostBefore >= 0 ? lostBefore : lost()),
        progress(),
        failure);
  }

  private static List<String> shown(List<String> first, int all) {
    List<String> lines = new ArrayList<>(first);
    if (all > lines.size()) {
      lines.add("%d more places".formatted(all - lines.size()));
    }
    return lines;
  }

  private List<String> progress() {
    List<String> lines = new ArrayList<>(warnings);
    int done = placed.get() + leftOut.get();
    if (lostBefore < 0 && done < sites.size()) {
      lines.add(
          "attaching goes on in the background: %d of %d places so far"
              .formatted(done, sites.size()));
    }
    return lines;
  }

  private long lost() {
    return events.stream().mapToLong(EventSet::lost).filter(lost -> lost > 0).sum();
  }
}
