package dev.sonde.probes.perf;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;
import dev.sonde.probes.linux.Syscall;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The descriptors of one event in one scope: a descriptor a thread and CPU for a process, because
 * an inherited event may write to a ring only where its CPU is fixed; a descriptor a CPU for the
 * whole system.
 */
public final class EventSet {
  /** Above this a process is traced by an event a CPU, as if {@link Spread#CPUS} had been said. */
  private static final int MAX_DESCRIPTORS = 1024;

  /** Threads that start while their process is being opened are found in a later round. */
  private static final int ROUNDS = 5;

  private final Linux linux;
  private final ProcessScope scope;
  private final List<Integer> descriptors = new ArrayList<>();
  private final List<Long> ids = new ArrayList<>();
  private final Map<Integer, Integer> byCpu = new LinkedHashMap<>(); // the first of each CPU

  /** How a process is covered. */
  public enum Spread {
    /** An event a thread and CPU, which threads that start later inherit. */
    THREADS,
    /** An event a CPU for everybody, of whose records the others' are dropped. */
    CPUS
  }

  private EventSet(Linux linux, ProcessScope scope) {
    this.linux = linux;
    this.scope = scope;
  }

  /**
   * Opens {@code attr}, which is off at first, in {@code scope}.
   *
   * @param what the event for messages
   * @throws LinuxException if the kernel refuses, or nothing of the scope is alive
   */
  static EventSet open(
      Linux linux, PerfAttr attr, ProcessScope scope, PerfRings rings, Spread spread, String what) {
    EventSet set = new EventSet(linux, scope);
    try {
      if (spread == Spread.CPUS || scope.kind() == ProcessScope.Kind.SYSTEM) {
        set.openSystem(attr, rings, what);
      } else if (scope.kind() == ProcessScope.Kind.THREAD) {
        set.openThread(attr.copy().inherit(false), scope.id(), rings, what);
      } else {
        set.openProcess(attr, rings, what);
      }
      if (set.descriptors.isEmpty()) {
        throw new LinuxException(
            Syscall.PERF_EVENT_OPEN, "%s of %s".formatted(what, scope), Errno.ESRCH);
      }
      return set;
    } catch (RuntimeException e) {
      set.descriptors.forEach(linux::close);
      throw e;
    }
  }

  /** Returns what {@code PerfRecord.identifier} is in records of this event. */
  public List<Long> ids() {
    return List.copyOf(ids);
  }

  /** Returns how many descriptors it took. */
  public int size() {
    return descriptors.size();
  }

  /** Returns a descriptor by CPU. */
  public Map<Integer, Integer> descriptorsByCpu() {
    return Map.copyOf(byCpu);
  }

  List<Integer> descriptors() {
    return descriptors;
  }

  /** Tells whether a record is of somebody in the scope; inherited events follow forks too. */
  boolean holds(int pid, int tid) {
    return switch (scope.kind()) {
      case SYSTEM -> true;
      case THREAD -> tid == scope.id();
      case PROCESS -> pid == scope.id();
    };
  }

  void enable() {
    descriptors.forEach(fd -> linux.ioctl(fd, Linux.PERF_ENABLE, 0));
  }

  /** Stops the event; threads that have ended are none's concern. */
  void disable() {
    for (int fd : descriptors) {
      linux.call(Syscall.IOCTL, fd, Linux.PERF_DISABLE, 0, 0, 0, 0);
    }
  }

  /**
   * Returns how many events found no room, also those of which no record tells yet; -1: unknown.
   */
  public long lost() {
    long lost = 0;
    try (Scratch scratch = new Scratch()) {
      long values = scratch.zeroed(64);
      for (int fd : descriptors) {
        if (linux.read(fd, values, 64) != 16) {
          return -1; // a kernel before 6.0 does not count them by event
        }
        lost += RawMemory.getLong(values + 8);
      }
    }
    return lost;
  }

  private void openSystem(PerfAttr attr, PerfRings rings, String what) {
    for (int cpu : rings.cpus()) {
      add(openOne(attr.copy().inherit(false), -1, cpu, what), cpu, rings);
    }
  }

  private void openProcess(PerfAttr attr, PerfRings rings, String what) {
    List<Integer> threads = Tasks.threads(scope.id());
    if ((long) threads.size() * rings.cpus().size() > MAX_DESCRIPTORS) {
      try {
        openSystem(attr, rings, what);
        return;
      } catch (LinuxException e) {
        if (!e.isPermission() || !descriptors.isEmpty()) {
          throw e;
        }
      }
    }
    PerfAttr inherited = attr.copy().inherit(true);
    Set<Integer> opened = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      boolean fresh = false;
      for (int tid : round == 0 ? threads : Tasks.threads(scope.id())) {
        if (opened.add(tid)) {
          fresh = true;
          openThread(inherited, tid, rings, what);
        }
      }
      if (!fresh) {
        return;
      }
    }
  }

  private void openThread(PerfAttr attr, int tid, PerfRings rings, String what) {
    for (int cpu : rings.cpus()) {
      try {
        add(openOne(attr, tid, cpu, what), cpu, rings);
      } catch (LinuxException e) {
        if (e.errno() == Errno.ESRCH) {
          return; // it has just ended
        }
        throw e;
      }
    }
  }

  /** Asks for the event's own count of losses, which kernels before 6.0 do not know. */
  private int openOne(PerfAttr attr, int pid, int cpu, String what) {
    try {
      return linux.perfEventOpen(
          attr.copy().readFormat(PerfLayout.FORMAT_LOST), pid, cpu, -1, what);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      return linux.perfEventOpen(attr, pid, cpu, -1, what);
    }
  }

  private void add(int fd, int cpu, PerfRings rings) {
    descriptors.add(fd);
    byCpu.putIfAbsent(cpu, fd);
    rings.connect(fd, cpu);
    try (Scratch scratch = new Scratch()) {
      long id = scratch.zeroed(8);
      linux.ioctl(fd, Linux.PERF_ID, id);
      ids.add(RawMemory.getLong(id));
    }
  }
}
