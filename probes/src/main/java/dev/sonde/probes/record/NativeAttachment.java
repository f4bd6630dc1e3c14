package dev.sonde.probes.record;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.perf.EventSet;
import dev.sonde.probes.uprobe.KernelSite;
import java.util.ArrayList;
import java.util.List;

/** One attachment of a batch: its places, its events once they are open, its program's counts. */
final class NativeAttachment {
  private final Attachment attachment;
  private final NativeTarget target;
  private final List<? extends KernelSite> sites;
  private final RecordProgram program;
  private final List<EventSet> events = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private long lostBefore = -1;

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

  /** Keeps what can no longer be asked for once the events are closed. */
  void closing() {
    lostBefore = lost();
  }

  AttachmentStatus status(String failure) {
    return new AttachmentStatus(
        attachment,
        Math.max(1, sites.size()),
        List.of(),
        List.of(),
        program.runs(),
        program.runTimeNanos(),
        0,
        0,
        program.errors(),
        Math.max(0, lostBefore >= 0 ? lostBefore : lost()),
        warnings,
        failure);
  }

  private long lost() {
    return events.stream().mapToLong(EventSet::lost).filter(lost -> lost > 0).sum();
  }
}
