package dev.sonde.probes.kernel;

import dev.sonde.probes.linux.EpollWait;
import dev.sonde.probes.linux.Linux;
import dev.sonde.ringbuf.BufferRingMemory;
import dev.sonde.ringbuf.RingLayout;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.vm.memory.RawMemory;

/**
 * A BPF_MAP_TYPE_RINGBUF of the kernel, mapped: the consumer page writable, the producer page and
 * the data, which follow it twice, read-only. Read by the one reader, which sleeps in epoll.
 */
public final class KernelRing implements AutoCloseable {
  private static final int PAGE = RingLayout.PAGE_BYTES;

  private final Linux linux;
  private final int sizeBytes;
  private final long consumer;
  private final long producer;
  private final EpollWait wait;
  private final RingReader reader;

  /**
   * @param mapFd the map's descriptor, which stays the caller's
   * @param sizeBytes its max_entries
   */
  public KernelRing(Linux linux, int mapFd, int sizeBytes) {
    this.linux = linux;
    this.sizeBytes = sizeBytes;
    consumer = linux.mmap(mapFd, PAGE, true, 0);
    producer = linux.mmap(mapFd, PAGE + 2L * sizeBytes, false, PAGE);
    wait = new EpollWait(linux, mapFd);
    reader =
        new RingReader(
            new BufferRingMemory(
                RawMemory.asBuffer(consumer, PAGE),
                RawMemory.asBuffer(producer, PAGE).asReadOnlyBuffer(),
                RawMemory.asBuffer(producer + PAGE, 2 * sizeBytes).asReadOnlyBuffer(),
                sizeBytes),
            wait);
  }

  /** Returns the ring's reader; one thread at a time. */
  public RingReader reader() {
    return reader;
  }

  /** Ends the reader's wait. */
  public void wake() {
    wait.wake();
  }

  /** Unmaps; nobody may read or wait any more. */
  @Override
  public void close() {
    wait.close();
    linux.munmap(consumer, PAGE);
    linux.munmap(producer, PAGE + 2L * sizeBytes);
  }
}
