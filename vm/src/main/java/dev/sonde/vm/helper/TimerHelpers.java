package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapTimer;
import dev.sonde.vm.map.MapTimers;

/** bpf_timer in map values: a daemon thread of ours calls the program back ({@link MapTimers}). */
public final class TimerHelpers {
  private static final int CLOCK_REALTIME = 0;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_BOOTTIME = 7;

  /** BPF_F_TIMER_ABS: the time is one of the clock, not a delay. */
  private static final long ABSOLUTE = 1;

  /** BPF_F_TIMER_CPU_PIN: taken and of no effect, for the thread that calls back is one. */
  private static final long CPU_PIN = 2;

  private TimerHelpers() {}

  public static long timerInit(long timer, BpfMap map, long flags) {
    int clock = (int) flags;
    boolean known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
    MapTimers timers = map.timers();
    return flags != clock || !known || timers == null ? -Errno.EINVAL : timers.init(timer, clock);
  }

  /**
   * bpf_timer_set_callback, for the engines: only they can call a subprogram.
   *
   * @param owner the code that the callback is part of; who closes it calls {@link
   *     MapTimers#stopAll}
   */
  public static long setCallback(long timer, MapTimer.Callback callback, Object owner) {
    MapTimer live = MapTimers.at(timer);
    if (live == null) {
      return -Errno.EINVAL;
    }
    live.setCallback(callback, owner);
    return 0;
  }

  public static long timerStart(CarrierSlot slot, long timer, long nanos, long flags) {
    MapTimer live = MapTimers.at(timer);
    if (live == null || (flags & ~(ABSOLUTE | CPU_PIN)) != 0) {
      return -Errno.EINVAL;
    }
    boolean absolute = (flags & ABSOLUTE) != 0;
    return live.start(absolute ? nanos - TimeHelpers.now(live.clock()) : nanos);
  }

  public static long timerCancel(long timer) {
    MapTimer live = MapTimers.at(timer);
    return live == null ? -Errno.EINVAL : live.cancel();
  }
}
