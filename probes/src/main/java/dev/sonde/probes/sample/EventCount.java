package dev.sonde.probes.sample;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How often an event comes in a process, threads that are started later included: counted by the
 * kernel, without records, so that bursts of which the kernel hands over only a part show.
 */
public final class EventCount implements AutoCloseable {
  private final Linux linux;
  private final List<Integer> descriptors = new ArrayList<>();
  private boolean open = true;

  private EventCount(Linux linux) {
    this.linux = linux;
  }

  /**
   * Opens and starts the count.
   *
   * @param attr the event, without a period
   * @throws LinuxException when the kernel refuses
   * @throws IOException when the process is gone
   */
  public static EventCount open(Linux linux, int pid, PerfAttr attr) throws IOException {
    EventCount count = new EventCount(linux);
    PerfAttr inherited = attr.copy().inherit(true);
    try {
      for (int thread : ProcessSampler.threads(pid)) {
        count.add(inherited, thread);
      }
    } catch (IOException | RuntimeException e) {
      count.close();
      throw e;
    }
    return count;
  }

  private void add(PerfAttr attr, int thread) {
    try {
      int fd = linux.perfEventOpen(attr, thread, -1, -1, "of thread %d".formatted(thread));
      descriptors.add(fd);
      linux.ioctl(fd, Linux.PERF_ENABLE, 0);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ESRCH) {
        throw e; // else it ended meanwhile
      }
    }
  }

  /** Stops the count; what was counted can still be read. */
  public void stop() {
    descriptors.forEach(fd -> linux.ioctl(fd, Linux.PERF_DISABLE, 0));
  }

  /** Returns the events so far. */
  public long total() {
    long buffer = RawMemory.allocate(Long.BYTES);
    try {
      long total = 0;
      for (int fd : descriptors) {
        total += linux.read(fd, buffer, Long.BYTES) == Long.BYTES ? RawMemory.getLong(buffer) : 0;
      }
      return total;
    } finally {
      RawMemory.free(buffer);
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      descriptors.forEach(linux::close);
    }
  }
}
