package dev.sonde.agent.record;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.perf.PerfAccess;
import dev.sonde.probes.sample.EventCount;
import dev.sonde.probes.sample.ProcessSampler;
import dev.sonde.probes.unwind.Architecture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens the events of a recording, as well as the permissions allow. */
final class SampleEvents {
  private static final Path PARANOID = Path.of("/proc/sys/kernel/perf_event_paranoid");
  private static final int[] RING_PAGES = {4096, 1024, 128, 32}; // the last fit without privileges

  private final Linux linux;
  private final RecordRequest request;
  private final Architecture architecture;
  private final List<String> notes;

  SampleEvents(Linux linux, RecordRequest request, Architecture architecture, List<String> notes) {
    this.linux = linux;
    this.request = request;
    this.architecture = architecture;
    this.notes = notes;
  }

  /**
   * The CPU's clock, or page faults.
   *
   * @throws PermissionException when not even samples of user code are allowed
   */
  ProcessSampler openSamples() throws IOException {
    PerfAttr attr =
        request.kind() == RecordKind.FAULTS
            ? stacks(PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.PAGE_FAULTS)).period(1)
            : stacks(PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.CPU_CLOCK))
                .frequency(request.freqHz());
    try {
      return open(attr);
    } catch (LinuxException e) {
      if (!e.isPermission() || attr.isKernelExcluded()) {
        throw refused(e);
      }
    }
    try {
      ProcessSampler sampler = open(attr.excludeKernel(true).excludeCallchain(true, true));
      notes.add(
          "samples of kernel code are missing (%s): run as root, with CAP_PERFMON, or:"
                  .formatted(paranoid())
              + " sysctl kernel.perf_event_paranoid=1");
      return sampler;
    } catch (LinuxException e) {
      throw refused(e);
    }
  }

  /** Counts what {@link #openSamples} gives records of; null where the event has a frequency. */
  @Nullable EventCount openCount() throws IOException {
    if (request.kind() != RecordKind.FAULTS) {
      return null;
    }
    PerfAttr faults = PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.PAGE_FAULTS);
    try {
      return EventCount.open(linux, request.pid(), faults);
    } catch (LinuxException e) {
      try {
        return EventCount.open(linux, request.pid(), faults.excludeKernel(true));
      } catch (LinuxException again) {
        throw refused(again);
      }
    }
  }

  /** Each switch away from a thread with its stack, each switch back to it. */
  ProcessSampler openSwitches() throws IOException {
    try {
      return open(
          stacks(PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.CONTEXT_SWITCHES))
              .period(1)
              .switches(true)
              .tasks(false, false, true));
    } catch (LinuxException e) {
      throw refused(e);
    }
  }

  private PerfAttr stacks(PerfAttr attr) {
    return attr.sample(
            PerfLayout.SAMPLE_TID
                | PerfLayout.SAMPLE_TIME
                | PerfLayout.SAMPLE_CALLCHAIN
                | PerfLayout.SAMPLE_REGS_USER
                | PerfLayout.SAMPLE_STACK_USER)
        .user(architecture.perfMask(), request.stackBytes())
        .excludeCallchain(!request.kernel(), true);
  }

  private ProcessSampler open(PerfAttr attr) throws IOException {
    for (int i = 0; ; i++) {
      try {
        return ProcessSampler.open(linux, request.pid(), attr, RING_PAGES[i]);
      } catch (LinuxException e) {
        if (!e.isMemoryLimit() || i == RING_PAGES.length - 1) {
          throw e;
        }
      }
    }
  }

  private PermissionException refused(LinuxException e) {
    PerfAccess access = PerfAccess.of(linux);
    if (access.isFiltered()) {
      return new PermissionException("process %d: %s".formatted(request.pid(), access.missing()));
    }
    return new PermissionException(
        "perf events of process %d: %s (%s): run as root or with CAP_PERFMON, or: sysctl"
                .formatted(request.pid(), e.getMessage(), paranoid())
            + " kernel.perf_event_paranoid=1, for processes of your own");
  }

  private static String paranoid() {
    try {
      return "kernel.perf_event_paranoid is " + Files.readString(PARANOID).strip();
    } catch (IOException none) {
      return "this kernel has no perf events";
    }
  }
}
