package dev.sonde.probes.method;

import java.util.ArrayDeque;

/**
 * Keeps the counters of closed probes for new ones. Their memory is never freed: a thread may have
 * been stopped just before it counted an event of a probe that was closed meanwhile.
 */
final class CounterPool {
  private final ArrayDeque<ProbeCounters> free = new ArrayDeque<>();

  synchronized ProbeCounters acquire() {
    ProbeCounters pooled = free.poll();
    if (pooled == null) {
      return new ProbeCounters();
    }
    pooled.clear();
    return pooled;
  }

  synchronized void release(ProbeCounters counters) {
    free.add(counters);
  }
}
