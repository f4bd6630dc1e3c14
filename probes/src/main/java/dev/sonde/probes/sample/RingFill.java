package dev.sonde.probes.sample;

import dev.sonde.probes.linux.EpollEvents;
import dev.sonde.probes.linux.Linux;
import dev.sonde.vm.memory.RawMemory;
import java.util.List;

/**
 * Sleeps until a ring has filled by a quarter, but not for long: waking up costs more than ten
 * stacks, because the caches are cold by then, so that samples are best read many at a time.
 */
public final class RingFill implements AutoCloseable {
  private static final int MOST_EVENTS = 16;

  private final Linux linux;
  private final int epollFd;
  private final long events = RawMemory.allocate((long) MOST_EVENTS * EpollEvents.SIZE_BYTES);
  private boolean open = true;

  public RingFill(Linux linux, List<ProcessSampler> samplers) {
    this.linux = linux;
    this.epollFd = linux.epollCreate();
    samplers.stream()
        .flatMap(sampler -> sampler.ringOwners().stream())
        .forEach(fd -> linux.epollAdd(epollFd, fd, fd));
  }

  /** Sleeps; a thread that is interrupted sleeps on. */
  public void await(int millis) {
    int count = linux.epollWait(epollFd, events, MOST_EVENTS, millis);
    for (int i = 0; i < count; i++) {
      if (EpollEvents.hasHungUp(events, i)) {
        // the thread of the event that the ring was made with has ended: it would wake us for ever
        linux.epollRemove(epollFd, (int) EpollEvents.data(events, i));
      }
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      linux.close(epollFd);
      RawMemory.free(events);
    }
  }
}
