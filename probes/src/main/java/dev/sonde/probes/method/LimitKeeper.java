package dev.sonde.probes.method;

import dev.sonde.vm.context.OwnThreads;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The thread that keeps probes within their limits: it grants rate-limited probes their events, so
 * that those read no clock, and finds probes whose programs take more than their share of a CPU. It
 * runs only while there is a probe with such a limit.
 */
final class LimitKeeper {
  private static final long TICK_NANOS = 100_000_000;
  private static final int TICKS_PER_SECOND = 10;

  private final List<Watched> watched = new CopyOnWriteArrayList<>();
  private final BiConsumer<Binding, String> switchOff;
  private @Nullable Thread thread;

  /**
   * @param switchOff is told, in the keeper's thread, which probe exceeds its budget, and how
   */
  LimitKeeper(BiConsumer<Binding, String> switchOff) {
    this.switchOff = switchOff;
  }

  /** What is known of one probe since the last tick. */
  static final class Watched {
    final Binding binding;
    double credit;
    long runTimeNanos;
    long measuredAtNanos;

    Watched(Binding binding, long nowNanos) {
      this.binding = binding;
      this.measuredAtNanos = nowNanos;
    }

    void grant() {
      int perSecond = binding.target().limits().maxPerSecond();
      credit += (double) perSecond / TICKS_PER_SECOND;
      long whole = (long) credit;
      credit -= whole;
      long most = Math.max(1, (perSecond + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND);
      binding.probe().counters().grantTokens(whole, most);
    }

    /** Returns the share of a CPU that the programs have taken since the last call. */
    double share(long now) {
      long runTime = binding.probe().counters().runTimeNanos();
      double share = (double) (runTime - runTimeNanos) / Math.max(1, now - measuredAtNanos);
      measuredAtNanos = now;
      runTimeNanos = runTime;
      return share;
    }
  }

  synchronized void watch(Binding binding) {
    if (binding.target().limits().maxPerSecond() == 0
        && binding.target().limits().maxCpuShare() == 0) {
      return;
    }
    Watched added = new Watched(binding, System.nanoTime());
    if (binding.target().limits().maxPerSecond() > 0) {
      binding.probe().counters().grantTokens(1, 1);
    }
    watched.add(added);
    if (thread == null) {
      thread = OwnThreads.start("sonde-limits", this::run);
    }
  }

  synchronized void forget(Binding binding) {
    watched.removeIf(one -> one.binding == binding);
  }

  private void run() {
    for (int tick = 1; goesOn(); tick++) {
      LockSupport.parkNanos(TICK_NANOS);
      for (Watched one : watched) {
        if (one.binding.target().limits().maxPerSecond() > 0) {
          one.grant();
        }
        if (tick % TICKS_PER_SECOND == 0 && one.binding.target().limits().maxCpuShare() > 0) {
          check(one);
        }
      }
    }
  }

  /** Ends the thread when nothing is watched; the next probe with limits starts another. */
  private synchronized boolean goesOn() {
    if (watched.isEmpty()) {
      thread = null;
    }
    return thread != null;
  }

  private void check(Watched one) {
    double share = one.share(System.nanoTime());
    double most = one.binding.target().limits().maxCpuShare();
    if (share > most) {
      forget(one.binding);
      switchOff.accept(
          one.binding,
          "its programs took %.1f %% of a CPU, at most %.1f %% are granted"
              .formatted(share * 100, most * 100));
    }
  }
}
