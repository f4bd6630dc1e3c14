package dev.sonde.probes.sample;

import dev.sonde.perfbuffer.PerfFormat;
import dev.sonde.perfbuffer.PerfHandler;
import dev.sonde.perfbuffer.PerfMerger;
import dev.sonde.perfbuffer.PerfRingReader;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One perf event on all threads of a process, those started later included: an inherited event a
 * thread and CPU, all of a CPU into one ring. Where that would be too many descriptors, an event a
 * CPU for all processes, of which the others' records are dropped.
 *
 * <p>A clock is also watched a CPU each where the process has many threads, if the kernel allows it
 * and the CPUs are few: a thread's own clock has its first sample after a whole period, which
 * threads that run now and then may never reach.
 */
public final class ProcessSampler implements AutoCloseable {
  private static final int MAX_DESCRIPTORS = 2048;
  private static final int MANY_THREADS = 48; // more than an idle JVM of 2 to 8 CPUs has
  private static final int FEW_CPUS = 16; // each copies a stack for whatever runs there
  private static final int PAGE_BYTES = 4096;

  private final Linux linux;
  private final int pid;
  private final PerfAttr attr;
  private final List<Integer> descriptors = new ArrayList<>();
  private final List<Integer> ringOwners = new ArrayList<>();
  private final List<long[]> mappings = new ArrayList<>(); // address, size
  private final List<PerfRingReader> readers = new ArrayList<>();
  private final PerfMerger merger;
  private boolean closed;

  private ProcessSampler(Linux linux, int pid, PerfAttr attr, int ringPages) throws IOException {
    this.linux = linux;
    this.pid = pid;
    this.attr = attr;
    List<Integer> threads = threads(pid);
    List<Integer> cpus = onlineCpus();
    boolean tooMany = (long) threads.size() * cpus.size() > MAX_DESCRIPTORS;
    boolean rather = attr.isClock() && threads.size() > MANY_THREADS && cpus.size() <= FEW_CPUS;
    try {
      if (!tooMany && !(rather && mayWatchAll(cpus.get(0)))) {
        openAll(threads, cpus, ringPages);
      } else {
        attr.excludeIdle(true);
        openAll(List.of(-1), cpus, ringPages);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    this.merger = new PerfMerger(readers);
    descriptors.forEach(fd -> linux.ioctl(fd, Linux.PERF_ENABLE, 0));
  }

  /**
   * Opens and starts the event.
   *
   * @param ringPages a power of two
   * @throws LinuxException when the kernel refuses
   * @throws IOException when the process is gone
   */
  public static ProcessSampler open(Linux linux, int pid, PerfAttr attr, int ringPages)
      throws IOException {
    PerfAttr inherited = attr.copy().inherit(true).wakeupBytes(ringPages * PAGE_BYTES / 4);
    return new ProcessSampler(linux, pid, inherited, ringPages);
  }

  /** Returns the descriptors that become readable when a quarter of a ring is full. */
  List<Integer> ringOwners() {
    return ringOwners;
  }

  private boolean mayWatchAll(int cpu) {
    try {
      linux.close(linux.perfEventOpen(attr, -1, cpu, -1, "of CPU %d".formatted(cpu)));
      return true;
    } catch (LinuxException refused) {
      return false;
    }
  }

  private void openAll(List<Integer> threads, List<Integer> cpus, int ringPages) {
    for (int cpu : cpus) {
      open(threads, cpu, ringPages);
    }
  }

  private void open(List<Integer> threads, int cpu, int ringPages) {
    int first = -1;
    for (int thread : threads) {
      int fd;
      try {
        fd = linux.perfEventOpen(attr, thread, cpu, -1, "of thread %d".formatted(thread));
      } catch (LinuxException e) {
        if (e.errno() == Errno.ESRCH) {
          continue; // it ended meanwhile
        }
        throw e;
      }
      descriptors.add(fd);
      if (first < 0) {
        map(fd, ringPages);
        ringOwners.add(fd);
        first = fd;
      } else {
        linux.ioctl(fd, Linux.PERF_SET_OUTPUT, first);
      }
    }
  }

  private void map(int fd, int ringPages) {
    long size = (ringPages + 1L) * PAGE_BYTES;
    long address = linux.mmap(fd, size, true, 0);
    mappings.add(new long[] {address, size});
    ByteBuffer all = RawMemory.asBuffer(address, (int) size).order(ByteOrder.nativeOrder());
    ByteBuffer data = all.duplicate().position(PAGE_BYTES).slice();
    PerfFormat format = PerfFormat.of(attr.sampleType()).withUserRegisters(attr.userRegisters());
    readers.add(
        new PerfRingReader(all.slice(0, PAGE_BYTES).order(ByteOrder.nativeOrder()), data, format));
  }

  /**
   * Hands over the records of this process, by ascending time.
   *
   * @param horizonNanos records younger than this stay where they are
   */
  public int poll(PerfHandler handler, long horizonNanos) {
    return merger.poll(
        record -> {
          if (record.pid() == pid) {
            handler.record(record);
          }
        },
        Integer.MAX_VALUE,
        horizonNanos);
  }

  /** Stops the event; what is in the rings can still be read. */
  public void stop() {
    descriptors.forEach(fd -> linux.ioctl(fd, Linux.PERF_DISABLE, 0));
  }

  /** Returns how many events were lost because a ring was full. */
  public long lost() {
    return readers.stream().mapToLong(PerfRingReader::lost).sum();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      mappings.forEach(m -> linux.munmap(m[0], m[1]));
      descriptors.forEach(linux::close);
    }
  }

  /** Returns the ids of the process's threads. */
  public static List<Integer> threads(int pid) throws IOException {
    List<Integer> threads = new ArrayList<>();
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      tasks.forEach(task -> threads.add(Integer.parseInt(task.getFileName().toString())));
    }
    return threads;
  }

  /** Parses {@code 0-3,5}. */
  static List<Integer> onlineCpus() throws IOException {
    List<Integer> cpus = new ArrayList<>();
    String online = Files.readString(Path.of("/sys/devices/system/cpu/online")).strip();
    for (String range : online.split(",")) {
      String[] ends = range.split("-");
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
        cpus.add(cpu);
      }
    }
    return cpus;
  }
}
