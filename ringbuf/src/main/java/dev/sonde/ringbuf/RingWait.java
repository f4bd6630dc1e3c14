package dev.sonde.ringbuf;

import java.util.function.BooleanSupplier;

/**
 * How the one reader of a ring sleeps: {@link RingSignal} where the producers are threads of this
 * process, epoll on the ring's descriptor where the kernel produces.
 */
@FunctionalInterface
public interface RingWait {
  /**
   * Sleeps the calling thread until {@code ready} answers true or the time is over, using no CPU
   * meanwhile. It may look more often than it is woken.
   *
   * @return what {@code ready} answered last
   */
  boolean await(BooleanSupplier ready, long timeoutNanos);
}
