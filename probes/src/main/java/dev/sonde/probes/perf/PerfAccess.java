package dev.sonde.probes.perf;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.vm.map.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much of perf_event_open this process may use, found by trying.
 *
 * @param own events of own threads in user mode
 * @param kernel also what happens in the kernel
 * @param system also events of everybody's threads
 * @param hardware whether the CPU's counters are there
 * @param errno of the first refusal, 0: none
 * @param paranoid kernel.perf_event_paranoid; Integer.MIN_VALUE where it cannot be read
 */
public record PerfAccess(
    boolean own, boolean kernel, boolean system, boolean hardware, int errno, int paranoid) {
  private static final Path PARANOID = Path.of("/proc/sys/kernel/perf_event_paranoid");

  /** Tries. */
  public static PerfAccess of(Linux linux) {
    return of(linux, readParanoid());
  }

  static PerfAccess of(Linux linux, int paranoid) {
    int own = errno(linux, software().excludeKernel(true), 0, -1);
    int kernel = own != 0 ? own : errno(linux, software(), 0, -1);
    int system = kernel != 0 ? kernel : errno(linux, software(), -1, 0);
    int hardware =
        errno(linux, PerfAttr.of(PerfAttr.HARDWARE, 0).excludeKernel(kernel != 0), 0, -1);
    int first = own != 0 ? own : kernel != 0 ? kernel : system;
    return new PerfAccess(own == 0, kernel == 0, system == 0, hardware == 0, first, paranoid);
  }

  /** Tells whether it is refused where {@code paranoid} would permit it: a filter of calls. */
  public boolean isFiltered() {
    return !own && errno != Errno.ENOSYS && paranoid <= 2 && paranoid != Integer.MIN_VALUE;
  }

  /** Returns what is missing and the command that would allow it, in one line; "" for nothing. */
  public String missing() {
    if (system) {
      return "";
    }
    if (!own && errno == Errno.ENOSYS) {
      return "perf events: this kernel has no perf_event_open (CONFIG_PERF_EVENTS)";
    }
    if (isFiltered()) {
      return ("perf events: perf_event_open is refused (%s) though perf_event_paranoid is %d: a seccomp"
              + " filter; docker run --cap-add PERFMON, or --security-opt seccomp=unconfined")
          .formatted(Errno.name(errno), paranoid);
    }
    String got =
        !own
            ? "refused (%s)".formatted(Errno.name(errno))
            : kernel
                ? "of own processes only, no other users"
                : "of own processes in user mode only, no kernel frames, no other users";
    return "perf events: %s: sysctl kernel.perf_event_paranoid=%d (perf_event_paranoid is %s), or give the JVM CAP_PERFMON"
        .formatted(got, own ? 0 : 2, paranoidText());
  }

  private String paranoidText() {
    return paranoid == Integer.MIN_VALUE ? "unreadable" : String.valueOf(paranoid);
  }

  private static PerfAttr software() {
    return PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.CPU_CLOCK);
  }

  private static int errno(Linux linux, PerfAttr attr, int pid, int cpu) {
    try {
      linux.close(linux.perfEventOpen(attr, pid, cpu, -1, "(permission)"));
      return 0;
    } catch (LinuxException e) {
      return e.errno();
    }
  }

  private static int readParanoid() {
    try {
      return Integer.parseInt(Files.readString(PARANOID).strip());
    } catch (IOException | NumberFormatException e) {
      return Integer.MIN_VALUE;
    }
  }
}
