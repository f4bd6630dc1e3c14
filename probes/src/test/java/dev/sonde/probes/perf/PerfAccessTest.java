package dev.sonde.probes.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.linux.FakeKernel;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.Syscall;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Degrees of permission behind a kernel that answers as {@code perf_event_paranoid} says. */
class PerfAccessTest {
  private static final int FLAGS = 40;
  private static final long EXCLUDE_KERNEL = 1 << 5;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-1| true| true| true| ''",
        "0| true| true| true| ''",
        "1| true| true| false| own processes only, no other users: sysctl kernel.perf_event_paranoid=0",
        "2| true| false| false| no kernel frames, no other users: sysctl kernel.perf_event_paranoid=0",
        "3| false| false| false| refused (EACCES): sysctl kernel.perf_event_paranoid=2",
        "4| false| false| false| refused (EACCES): sysctl kernel.perf_event_paranoid=2"
      })
  void aPlainUserIsToldWhatHisDegreeLacks(
      int paranoid, boolean own, boolean kernel, boolean system, String missing) {
    PerfAccess access = PerfAccess.of(new Linux(plainUser(paranoid)), paranoid);
    assertEquals(own, access.own());
    assertEquals(kernel, access.kernel());
    assertEquals(system, access.system());
    String line = access.missing();
    assertTrue(line.contains(missing), line);
    assertEquals(missing.isEmpty(), line.isEmpty(), line);
    assertTrue(missing.isEmpty() || line.contains("perf_event_paranoid is " + paranoid), line);
    assertFalse(line.contains("\n"), "one line");
  }

  @Test
  void aKernelWithoutPerfEventsIsSaid() {
    FakeKernel none = new FakeKernel().fail(Syscall.PERF_EVENT_OPEN, Errno.ENOSYS);
    PerfAccess access = PerfAccess.of(new Linux(none), Integer.MIN_VALUE);
    assertFalse(access.own());
    assertTrue(access.missing().contains("CONFIG_PERF_EVENTS"), access::missing);
  }

  @Test
  void aRefusalThatParanoidDoesNotExplainIsAFilters() {
    FakeKernel filtered = new FakeKernel().fail(Syscall.PERF_EVENT_OPEN, Errno.EPERM);
    PerfAccess access = PerfAccess.of(new Linux(filtered), 2);
    assertTrue(access.isFiltered());
    assertTrue(access.missing().contains("seccomp"), access::missing);
    assertTrue(access.missing().contains("--cap-add PERFMON"), access::missing);
  }

  @Test
  void tryingLeavesNoDescriptor() {
    FakeKernel kernel = plainUser(2);
    PerfAccess.of(new Linux(kernel), 2);
    assertTrue(kernel.open().isEmpty(), () -> kernel.open().toString());
  }

  /** kernel/events/core.c: 0 bars raw tracepoints, 1 other CPUs, 2 the kernel, 3 (Debian) all. */
  private static FakeKernel plainUser(int paranoid) {
    FakeKernel kernel = new FakeKernel();
    return kernel.on(
        Syscall.PERF_EVENT_OPEN,
        (call, attr, pid, cpu, group, flags, none) -> {
          boolean inKernel = (RawMemory.getLong(attr + FLAGS) & EXCLUDE_KERNEL) == 0;
          boolean refused =
              paranoid >= 3 || paranoid >= 2 && inKernel || paranoid >= 1 && (int) pid == -1;
          return refused ? -Errno.EACCES : kernel.newFd();
        });
  }
}
