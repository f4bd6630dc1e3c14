package dev.sonde.probes.linux;

import dev.sonde.ringbuf.RingWait;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Sleeps in epoll until the kernel has put something into a ring; any thread can end the sleep. */
public final class EpollWait implements RingWait, AutoCloseable {
  private static final long WAKE = -1; // what the event of our own eventfd carries
  private static final int MOST_EVENTS = 8;
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final Linux linux;
  private final int epollFd;
  private final int wakeFd;
  private final long events = RawMemory.allocate((long) MOST_EVENTS * EpollEvents.SIZE_BYTES);

  /**
   * @param fd a descriptor that is readable when the ring has records: that of the map or the event
   */
  public EpollWait(Linux linux, int fd) {
    this.linux = linux;
    epollFd = linux.epollCreate();
    wakeFd = linux.eventFd();
    linux.epollAdd(epollFd, wakeFd, WAKE);
    linux.epollAdd(epollFd, fd, fd);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The kernel rings the bell at the record that finds the ring read empty; what came before the
   * call is seen by the first look.
   */
  @Override
  public boolean await(BooleanSupplier ready, long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    boolean found = ready.getAsBoolean();
    for (long left = timeoutNanos; !found && left > 0; left = deadline - System.nanoTime()) {
      int millis = (int) Math.min(Integer.MAX_VALUE, (left + MILLI - 1) / MILLI);
      int count = linux.epollWait(epollFd, events, MOST_EVENTS, millis);
      found = ready.getAsBoolean();
      if (count < 0 && count != -Errno.EINTR || isWoken(count)) {
        return found;
      }
    }
    return found;
  }

  /** Ends the wait of another thread, or the next one. */
  public void wake() {
    linux.signal(wakeFd);
  }

  private boolean isWoken(int count) {
    for (int i = 0; i < count; i++) {
      if (EpollEvents.data(events, i) == WAKE) {
        linux.read(wakeFd, events, Long.BYTES); // the counter is 0 again
        return true;
      }
    }
    return false;
  }

  /** Closes; no thread may be waiting. */
  @Override
  public void close() {
    linux.close(wakeFd);
    linux.close(epollFd);
    RawMemory.free(events);
  }
}
