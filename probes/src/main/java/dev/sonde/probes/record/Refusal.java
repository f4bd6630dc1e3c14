package dev.sonde.probes.record;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.perf.PerfAccess;
import dev.sonde.vm.map.Errno;

/** What a refused call means for who asked for it: what is missing, and what would allow it. */
final class Refusal {
  private static final String NO_SUCH_INSN =
      "the kernel cannot probe the insn there (a segment or lock prefix), want another offset";

  private Refusal() {}

  /** Returns why one place of several is left out. */
  static String why(LinuxException e) {
    return e.errno() == Errno.ENOTSUPP ? NO_SUCH_INSN : e.getMessage();
  }

  static AttachException explain(LinuxException e, Linux linux) {
    PerfAccess access = PerfAccess.of(linux);
    String why =
        switch (e.errno()) {
          case Errno.EPERM, Errno.EACCES ->
              access.system() ? NativePermissions.of(linux).uprobesMissing() : access.missing();
          case Errno.ESRCH -> "the process has ended, or has another id in this pid namespace";
          case Errno.ENOTSUPP -> NO_SUCH_INSN;
          case Errno.EMFILE -> "raise the limit: ulimit -n";
          case Errno.ENODEV, Errno.EOPNOTSUPP ->
              "this machine has no such counter; cpu-clock is there always";
          default -> "the kernel does not take it";
        };
    return new AttachException(e.getMessage() + ": " + why, e);
  }
}
