package dev.sonde.probes.record;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.kernel.UprobeRecorder;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.perf.PerfAccess;
import dev.sonde.probes.uprobe.Pmus;
import dev.sonde.probes.uprobe.Tracefs;
import dev.sonde.vm.map.Errno;
import java.util.ArrayList;
import java.util.List;

/**
 * What of the native targets this process may use on this machine, found by trying, and what would
 * allow the rest.
 *
 * @param perf counters and samples
 * @param recorderErrno why no recorder can be loaded into the kernel, 0: it can
 * @param uprobeErrno why perf events take no uprobe, 0: they do
 * @param kprobes whether the kernel has them
 * @param tracepoints whether tracepoints can be looked up
 */
public record NativePermissions(
    PerfAccess perf, int recorderErrno, int uprobeErrno, boolean kprobes, boolean tracepoints) {

  /** Tries everything. */
  public static NativePermissions of(Linux linux) {
    PerfAccess perf = PerfAccess.of(linux);
    Pmus pmus = Pmus.running();
    return new NativePermissions(
        perf,
        UprobeRecorder.errnoOfTrial(linux),
        uprobeErrno(linux, pmus),
        pmus.has("kprobe"),
        Tracefs.running().isReadable());
  }

  /** Tells whether functions and static probes can be traced. */
  public boolean uprobes() {
    return recorderErrno == 0 && perf.system() || uprobeErrno == 0;
  }

  /** Returns a line for each kind of target, then what is missing with the way to it. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("%-22s %s".formatted("perf_event", perfText()));
    lines.add(
        "%-22s %s"
            .formatted(
                "hardware counters",
                perf.hardware() ? "yes" : perf.own() ? "no: this CPU shows none" : "no"));
    lines.add("%-22s %s".formatted("uprobe, usdt", uprobeText()));
    lines.add(
        "%-22s %s"
            .formatted(
                "tracepoint",
                !tracepoints
                    ? "no: tracefs is not mounted or not readable: as root, mount -t tracefs tracefs /sys/kernel/tracing"
                    : perf.kernel()
                        ? "yes"
                        : perf.own() ? "what own processes do in user mode" : "no"));
    lines.add(
        "%-22s %s"
            .formatted(
                "kprobe",
                kprobes
                    ? uprobeErrno == 0 ? "yes" : "no: needs CAP_SYS_ADMIN"
                    : "no: this kernel has none (CONFIG_KPROBE_EVENTS)"));
    if (!perf.missing().isEmpty()) {
      lines.add("missing: " + perf.missing());
    }
    if (!uprobes()) {
      lines.add("missing: " + uprobesMissing());
    }
    return lines;
  }

  /** Returns what uprobes lack, with the command that would allow them. */
  String uprobesMissing() {
    if (perf.isFiltered()) {
      return "uprobes: the same filter refuses bpf(2) or perf_event_open (%s, %s): docker run --cap-add PERFMON --cap-add BPF, or --security-opt seccomp=unconfined"
          .formatted(Errno.name(recorderErrno), Errno.name(uprobeErrno));
    }
    return ("uprobes: CAP_PERFMON and CAP_BPF (Linux 6.6), or CAP_SYS_ADMIN; got %s of bpf(2) and %s"
            + " of perf_event_open: run the JVM as root, or by setpriv --inh-caps +perfmon,+bpf"
            + " --ambient-caps +perfmon,+bpf; in a container, --cap-add PERFMON --cap-add BPF")
        .formatted(Errno.name(recorderErrno), Errno.name(uprobeErrno));
  }

  private String perfText() {
    if (!perf.own()) {
      return "no";
    }
    return perf.system() ? "yes" : perf.kernel() ? "own processes" : "own processes, user mode";
  }

  private String uprobeText() {
    if (recorderErrno == 0 && perf.system()) {
      return "yes, by a recorder in the kernel (uprobe_multi)";
    }
    return uprobeErrno == 0 ? "yes, by perf events, which slow other processes down too" : "no";
  }

  /** The kernel looks at privileges before it looks at the place, which is of no insn here. */
  private static int uprobeErrno(Linux linux, Pmus pmus) {
    try (Scratch scratch = new Scratch()) {
      PerfAttr attr =
          PerfAttr.of(pmus.type("uprobe"), 0).configs(scratch.cString("/proc/self/exe"), 0);
      linux.close(linux.perfEventOpen(attr, -1, 0, -1, "(permission)"));
      return 0;
    } catch (LinuxException e) {
      return e.isPermission() ? e.errno() : 0;
    } catch (AttachException noSource) {
      return Errno.ENODEV;
    }
  }
}
