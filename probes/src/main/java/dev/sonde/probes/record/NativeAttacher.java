package dev.sonde.probes.record;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.KprobeTarget;
import dev.sonde.probes.Link;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.TracepointTarget;
import dev.sonde.probes.UprobeTarget;
import dev.sonde.probes.UsdtTarget;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.perf.PerfAccess;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.uprobe.KernelFunctions;
import dev.sonde.probes.uprobe.KernelSite;
import dev.sonde.probes.uprobe.Pmus;
import dev.sonde.probes.uprobe.SiteFinder;
import dev.sonde.probes.uprobe.Tracefs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Attaches programs to places that the kernel watches: functions, static probes, counters. */
public final class NativeAttacher implements Attacher {
  private final Supplier<Linux> kernel;
  private final JavaFrames frames;
  private final Supplier<SiteFinder> finders;
  private final Pmus pmus;
  private final UsdtSpecs specs = new UsdtSpecs();

  /**
   * @param frames where the Java frames of stacks get their ids
   */
  public NativeAttacher(JavaFrames frames) {
    this(
        Linux::running,
        frames,
        () -> new SiteFinder(Tracefs.running(), Pmus.running(), KernelFunctions.running()),
        Pmus.running());
  }

  NativeAttacher(
      Supplier<Linux> kernel, JavaFrames frames, Supplier<SiteFinder> finders, Pmus pmus) {
    this.kernel = kernel;
    this.frames = frames;
    this.finders = finders;
    this.pmus = pmus;
  }

  @Override
  public Link attach(List<Attachment> attachments) {
    Linux linux = linux();
    SiteFinder finder = finders.get();
    List<NativeAttachment> all = new ArrayList<>();
    for (Attachment attachment : attachments) {
      if (!(attachment.target() instanceof NativeTarget target)) {
        throw new AttachException(
            "native probes: got target %s, want one that the kernel watches"
                .formatted(attachment.target()));
      }
      RefusedCalls.check(attachment.program().program(), target);
      all.add(new NativeAttachment(attachment, target, sites(finder, target)));
    }
    PerfAccess access = PerfAccess.of(linux);
    try {
      return NativeLink.open(linux, frames, pmus, specs, access, all);
    } catch (LinuxException e) {
      throw Refusal.explain(e, linux);
    }
  }

  private Linux linux() {
    try {
      return kernel.get();
    } catch (UnsupportedOperationException e) {
      throw new AttachException(e.getMessage(), e);
    }
  }

  private static List<? extends KernelSite> sites(SiteFinder finder, NativeTarget target) {
    if (target instanceof UprobeTarget uprobe) {
      return finder.find(uprobe);
    } else if (target instanceof UsdtTarget usdt) {
      return finder.find(usdt);
    } else if (target instanceof KprobeTarget kprobe) {
      return finder.find(kprobe);
    } else if (target instanceof TracepointTarget tracepoint) {
      return finder.find(tracepoint);
    }
    PerfEventTarget event = (PerfEventTarget) target;
    dev.sonde.probes.perf.PerfEventKind.of(event.event()); // refuses an unknown name
    return List.of();
  }
}
