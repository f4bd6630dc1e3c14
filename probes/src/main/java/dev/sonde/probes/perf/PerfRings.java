package dev.sonde.probes.perf;

import dev.sonde.perfbuffer.PerfFormat;
import dev.sonde.perfbuffer.PerfHandler;
import dev.sonde.perfbuffer.PerfMerger;
import dev.sonde.perfbuffer.PerfRingReader;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.LinuxException;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One ring a CPU, that any number of events write to: events come and go, the rings stay. Each is
 * mapped from an event of our own that never counts anything.
 */
final class PerfRings implements AutoCloseable {
  private static final int PAGE_BYTES = 4096;
  private static final int SMALLEST_BYTES = 16 * PAGE_BYTES;

  private final Linux linux;
  private final Map<Integer, Ring> byCpu = new LinkedHashMap<>();
  private final PerfMerger merger;

  /** A ring: the descriptor that it is mapped from, and where. */
  private record Ring(int fd, long address, long sizeBytes, PerfRingReader reader) {}

  private PerfRings(Linux linux, PerfFormat format, int ringBytes) {
    this.linux = linux;
    int bytes = ringBytes;
    List<PerfRingReader> readers = new ArrayList<>();
    try {
      for (int cpu : Tasks.onlineCpus()) {
        Ring ring = open(cpu, format, bytes);
        bytes = (int) ring.sizeBytes - PAGE_BYTES;
        byCpu.put(cpu, ring);
        readers.add(ring.reader);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    merger = new PerfMerger(readers);
  }

  /**
   * Maps the rings; where the user may lock less memory, smaller ones.
   *
   * @param ringBytes a power of two of at least a page
   */
  static PerfRings open(Linux linux, PerfFormat format, int ringBytes) {
    return new PerfRings(linux, format, ringBytes);
  }

  /** Returns the CPUs that have a ring. */
  List<Integer> cpus() {
    return List.copyOf(byCpu.keySet());
  }

  /** Returns the descriptors that become readable when a ring fills. */
  List<Integer> descriptors() {
    return byCpu.values().stream().map(Ring::fd).toList();
  }

  /** Lets an event of {@code cpu} write to that CPU's ring. */
  void connect(int eventFd, int cpu) {
    linux.ioctl(eventFd, Linux.PERF_SET_OUTPUT, byCpu.get(cpu).fd);
  }

  /** Hands over records up to {@code horizonNanos}, by ascending time. */
  int poll(PerfHandler handler, int limit, long horizonNanos) {
    return merger.poll(handler, limit, horizonNanos);
  }

  /** Returns how many events LOST records told of. */
  long lost() {
    return byCpu.values().stream().mapToLong(ring -> ring.reader.lost()).sum();
  }

  long records() {
    return byCpu.values().stream().mapToLong(ring -> ring.reader.records()).sum();
  }

  @Override
  public void close() {
    for (Ring ring : byCpu.values()) {
      linux.munmap(ring.address, ring.sizeBytes);
      linux.close(ring.fd);
    }
    byCpu.clear();
  }

  private Ring open(int cpu, PerfFormat format, int ringBytes) {
    for (int bytes = ringBytes; ; bytes /= 2) {
      int fd = openOwner(cpu, bytes);
      try {
        long size = bytes + (long) PAGE_BYTES;
        long address = linux.mmap(fd, size, true, 0);
        ByteBuffer all = RawMemory.asBuffer(address, (int) size).order(ByteOrder.nativeOrder());
        ByteBuffer meta = all.slice(0, PAGE_BYTES).order(ByteOrder.nativeOrder());
        ByteBuffer data = all.slice(PAGE_BYTES, bytes).order(ByteOrder.nativeOrder());
        return new Ring(fd, address, size, new PerfRingReader(meta, data, format));
      } catch (LinuxException e) {
        linux.close(fd);
        if (!e.isPermission() || bytes <= SMALLEST_BYTES) {
          throw e;
        } // else the limit on locked memory: try half of it
      }
    }
  }

  /** The process's first thread, which outlives all others, so that the ring never hangs up. */
  private int openOwner(int cpu, int ringBytes) {
    PerfAttr attr =
        PerfAttr.of(PerfAttr.SOFTWARE, PerfAttr.DUMMY)
            .excludeKernel(true)
            .wakeupBytes(ringBytes / 4);
    return linux.perfEventOpen(attr, linux.pid(), cpu, -1, "(ring of CPU %d)".formatted(cpu));
  }
}
