package dev.sonde.probes;

import dev.sonde.vm.context.CarrierSlot;

/**
 * What keeps a probe cheap, checked in this order and before the first clock read where that is
 * possible.
 *
 * @param sampleOneIn lets every N-th event of a carrier through; 1: all
 * @param maxPerSecond lets at most so many events through in a second; 0: no limit
 * @param minDurationNanos a return or exception event shorter than this is dropped; 0: none is
 * @param maxCpuShare switches the probe off when its programs take more than this share of one CPU,
 *     measured over a second; 0: no limit
 * @param maxRunNanos a run whose callbacks, iterators, may_goto and calls have gone on for longer
 *     ends, and answers 0
 */
public record ProbeLimits(
    int sampleOneIn,
    int maxPerSecond,
    long minDurationNanos,
    double maxCpuShare,
    long maxRunNanos) {
  public static final ProbeLimits NONE = new ProbeLimits(1, 0, 0, 0);

  /** With the usual time for a run. */
  public ProbeLimits(int sampleOneIn, int maxPerSecond, long minDurationNanos, double maxCpuShare) {
    this(
        sampleOneIn,
        maxPerSecond,
        minDurationNanos,
        maxCpuShare,
        CarrierSlot.DEFAULT_MAX_RUN_NANOS);
  }

  public ProbeLimits {
    if (maxRunNanos < 1) {
      throw new IllegalArgumentException(
          "limits: run of at most %d ns, want 1 or more".formatted(maxRunNanos));
    }
    if (sampleOneIn < 1 || maxPerSecond < 0 || minDurationNanos < 0) {
      throw new IllegalArgumentException(
          "limits: sample 1/%d, rate %d/s, minimum duration %d ns, want 1 or more, 0 or more, 0 or more"
              .formatted(sampleOneIn, maxPerSecond, minDurationNanos));
    }
    if (!(maxCpuShare >= 0 && maxCpuShare <= 1)) {
      throw new IllegalArgumentException(
          "limits: CPU share %s, want 0 (no limit) to 1".formatted(maxCpuShare));
    }
  }

  /** Tells whether some events are let through and others not. */
  public boolean isSelective() {
    return sampleOneIn > 1 || maxPerSecond > 0;
  }
}
