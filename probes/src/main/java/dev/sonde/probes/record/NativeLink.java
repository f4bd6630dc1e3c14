package dev.sonde.probes.record;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.kernel.UprobeRecorder;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.perf.EventSet;
import dev.sonde.probes.perf.PerfAccess;
import dev.sonde.probes.perf.PerfEventKind;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.uprobe.KernelSite;
import dev.sonde.probes.uprobe.KprobeSite;
import dev.sonde.probes.uprobe.Pmus;
import dev.sonde.probes.uprobe.UprobeSite;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch of native attachments: probes share one group, because their programs are to run in the
 * order of their events; samples of counters, whose records are larger, go beside it.
 */
final class NativeLink implements Link {
  private static final int MANY_PLACES = 16;

  private final Linux linux;
  private final JavaFrames frames;
  private final Pmus pmus;
  private final UsdtSpecs specs;
  private final PerfAccess access;
  private final List<NativeAttachment> attachments;
  private final Map<RecordGroup.RecordShape, RecordGroup> samples = new LinkedHashMap<>();
  private final List<UprobeRecorder> recorders = new ArrayList<>();
  private @Nullable RecordGroup probes;
  private @Nullable PlaceOpening opening;
  private @Nullable List<AttachmentStatus> last; // once closed

  private NativeLink(
      Linux linux,
      JavaFrames frames,
      Pmus pmus,
      UsdtSpecs specs,
      PerfAccess access,
      List<NativeAttachment> attachments) {
    this.linux = linux;
    this.frames = frames;
    this.pmus = pmus;
    this.specs = specs;
    this.access = access;
    this.attachments = List.copyOf(attachments);
  }

  /**
   * Opens all events, then starts them; nothing is left open when one cannot be. Where there are
   * many the last are opened in the background, and start one by one.
   */
  static NativeLink open(
      Linux linux,
      JavaFrames frames,
      Pmus pmus,
      UsdtSpecs specs,
      PerfAccess access,
      List<NativeAttachment> attachments) {
    NativeLink link = new NativeLink(linux, frames, pmus, specs, access, attachments);
    try {
      link.openSamples();
      link.openProbes();
      link.groups().forEach(RecordGroup::start);
      link.openRest();
      return link;
    } catch (RuntimeException | LinkageError e) {
      link.close();
      throw e;
    }
  }

  @Override
  public synchronized List<AttachmentStatus> status() {
    return last != null ? last : read();
  }

  @Override
  public synchronized void replace(int index, ExecutableProgram program) {
    if (last != null) {
      throw new AttachException("link: got a replacement after it was closed");
    }
    NativeAttachment attachment = attachments.get(index);
    RefusedCalls.check(program.program(), attachment.target());
    RecordGroup group = attachment.isSampled() ? samples.get(shape(attachment)) : probes;
    if (group != null) {
      group.between(() -> attachment.program().replace(program));
    }
  }

  @Override
  public synchronized void close() {
    if (last != null) {
      return;
    }
    if (opening != null) {
      opening.close();
    }
    recorders.forEach(UprobeRecorder::close);
    List<String> failures = attachments.stream().map(this::failure).toList();
    groups().forEach(RecordGroup::stop);
    attachments.forEach(NativeAttachment::closing);
    groups().forEach(RecordGroup::close);
    List<AttachmentStatus> ended = new ArrayList<>();
    for (int i = 0; i < attachments.size(); i++) {
      ended.add(attachments.get(i).status(failures.get(i)));
    }
    last = ended;
  }

  private List<AttachmentStatus> read() {
    return attachments.stream().map(a -> a.status(failure(a))).toList();
  }

  private String failure(NativeAttachment attachment) {
    RecordGroup group = attachment.isSampled() ? samples.get(shape(attachment)) : probes;
    return group == null ? "" : group.failure();
  }

  private List<RecordGroup> groups() {
    List<RecordGroup> all = new ArrayList<>(samples.values());
    if (probes != null) {
      all.add(probes);
    }
    return all;
  }

  private void openRest() {
    if (opening != null) {
      opening.openRest();
    }
  }

  private void openProbes() {
    List<NativeAttachment> placed = attachments.stream().filter(a -> !a.isSampled()).toList();
    if (placed.isEmpty()) {
      return;
    }
    boolean recorder = placed.stream().anyMatch(NativeLink::isUser) && canRecord();
    RecordGroup group = new RecordGroup(linux, frames, shapeOf(placed, recorder));
    probes = group;
    List<PlaceOpening.Place> places = new ArrayList<>();
    for (NativeAttachment attachment : placed) {
      if (recorder && isUser(attachment)) {
        openRecorder(group, attachment);
      } else {
        addPlaces(places, group, attachment);
      }
    }
    PlaceOpening opened = new PlaceOpening(places);
    opening = opened;
    opened.openFirst();
  }

  private static boolean isUser(NativeAttachment attachment) {
    return attachment.sites().get(0) instanceof UprobeSite;
  }

  private boolean canRecord() {
    return access.system() && UprobeRecorder.errnoOfTrial(linux) == 0;
  }

  /** All places of an attachment by one program in the kernel. */
  private void openRecorder(RecordGroup group, NativeAttachment attachment) {
    List<UprobeSite> sites = attachment.sites().stream().map(UprobeSite.class::cast).toList();
    long[] cookies = sites.stream().mapToLong(site -> cookie(attachment, site)).toArray();
    ProcessScope scope = attachment.target().scope();
    EventSet output = group.addOutput(scope, sites, cookies, attachment.program());
    attachment.opened(output);
    UprobeRecorder recorder = UprobeRecorder.load(linux, output.descriptorsByCpu());
    recorders.add(recorder);
    List<UprobeRecorder.Place> places =
        sites.stream()
            .map(
                site ->
                    new UprobeRecorder.Place(
                        site.file().toString(),
                        site.fileOffset(),
                        site.semaphoreOffset(),
                        site.returns(),
                        Pointers.of(site, attachment.needs())))
            .toList();
    Map<Integer, LinuxException> refused =
        recorder.attach(places, scope.kind() == ProcessScope.Kind.PROCESS ? scope.id() : 0);
    refused.forEach((i, why) -> attachment.leaveOut(sites.get(i).name(), Refusal.why(why)));
    attachment.placed(places.size() - refused.size());
    if (refused.size() == places.size()) {
      throw refused.values().iterator().next();
    }
  }

  /** Each place by perf events. */
  private void addPlaces(
      List<PlaceOpening.Place> places, RecordGroup group, NativeAttachment attachment) {
    for (KernelSite site : attachment.sites()) {
      long cookie = cookie(attachment, site);
      places.add(
          new PlaceOpening.Place(
              attachment, site.name(), () -> openPlace(group, attachment, site, cookie)));
    }
  }

  private void openPlace(
      RecordGroup group, NativeAttachment attachment, KernelSite site, long cookie) {
    try (Scratch scratch = new Scratch()) {
      PerfAttr attr = site.attr(pmus, scratch);
      if (site.registers() == KernelSite.Registers.NONE) {
        attr.excludeKernel(!access.kernel());
      }
      EventSet.Spread spread = spread(attachment, site);
      ProcessScope scope = attachment.target().scope();
      attachment.opened(
          group.add(attr, scope, spread, site, site.name(), attachment.program(), cookie));
    }
  }

  /** Of many places only so much is opened that descriptors do not run out. */
  private EventSet.Spread spread(NativeAttachment attachment, KernelSite site) {
    if (attachment.target().scope().kind() == ProcessScope.Kind.THREAD) {
      return EventSet.Spread.THREADS;
    }
    // an inherited perf uprobe keeps its threads from starting threads: UprobeRecorder
    boolean inheritable = !(site instanceof UprobeSite) && !(site instanceof KprobeSite);
    boolean many = attachment.sites().size() > MANY_PLACES && access.system();
    return inheritable && !many ? EventSet.Spread.THREADS : EventSet.Spread.CPUS;
  }

  private long cookie(NativeAttachment attachment, KernelSite site) {
    BpfMap forms = UsdtSpecs.mapOf(attachment.program().attachment().program().program());
    long cookie = attachment.target().cookie();
    boolean isStatic = site instanceof UprobeSite place && place.usdt() != null;
    return forms == null || !isStatic
        ? cookie
        : specs.add(forms, ((UprobeSite) site).usdt(), cookie, attachment.target().toString());
  }

  private void openSamples() {
    for (NativeAttachment attachment : attachments) {
      if (attachment.isSampled()) {
        RecordGroup group =
            samples.computeIfAbsent(
                shape(attachment), shape -> new RecordGroup(linux, frames, shape));
        openCounter(group, attachment, (PerfEventTarget) attachment.target());
      }
    }
  }

  private void openCounter(RecordGroup group, NativeAttachment attachment, PerfEventTarget target) {
    PerfEventKind kind = PerfEventKind.of(target.event());
    if (kind.isHardware() && !access.hardware()) {
      throw new AttachException(
          "%s: this machine's CPU shows no counters (a virtual machine, most often), want cpu-clock"
              .formatted(target));
    }
    PerfAttr attr = kind.attr().excludeKernel(!access.kernel()).excludeIdle(true);
    if (target.byFrequency()) {
      attr.frequency(target.amount());
    } else {
      attr.period(target.amount());
    }
    if (!access.kernel()) {
      attachment.warn(access.missing());
    }
    attachment.opened(
        group.add(
            attr,
            target.scope(),
            EventSet.Spread.THREADS,
            null,
            target.toString(),
            attachment.program(),
            target.cookie()));
  }

  private RecordGroup.RecordShape shape(NativeAttachment sampled) {
    SampleNeeds needs = sampled.needs();
    return new RecordGroup.RecordShape(
        true, access.kernel(), needs.stackBytes(), false, needs.stacks() && access.kernel(), true);
  }

  private RecordGroup.RecordShape shapeOf(List<NativeAttachment> placed, boolean recorder) {
    SampleNeeds needs = new SampleNeeds(false, false);
    boolean user = false;
    boolean kernel = false;
    boolean raw = recorder;
    for (NativeAttachment attachment : placed) {
      needs = needs.or(attachment.needs());
      for (KernelSite site : attachment.sites()) {
        user |= site.registers() == KernelSite.Registers.USER;
        kernel |= site.registers() == KernelSite.Registers.KERNEL;
        raw |= site.registers() == KernelSite.Registers.NONE;
      }
    }
    return new RecordGroup.RecordShape(
        user || needs.stackBytes() > 0,
        kernel,
        needs.stackBytes(),
        raw,
        needs.stacks() && access.kernel(),
        false);
  }
}
