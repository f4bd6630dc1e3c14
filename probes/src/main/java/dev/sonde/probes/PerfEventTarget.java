package dev.sonde.probes;

import java.util.Locale;

/**
 * Samples of a counter: {@code perf_event/EVENT[:FREQhz|:PERIOD]}.
 *
 * @param event as {@code perf list} names it: cpu-clock, task-clock, page-faults, context-switches,
 *     cycles, ...
 * @param amount how many samples in a second, or after how many events one is taken
 * @param byFrequency which of the two {@code amount} is
 * @param scope whose events
 * @param cookie what bpf_get_attach_cookie answers
 */
public record PerfEventTarget(
    String event, long amount, boolean byFrequency, ProcessScope scope, long cookie)
    implements NativeTarget {
  /** What perf and async-profiler users expect, and off the beat of timers. */
  public static final int DEFAULT_FREQ_HZ = 99;

  public PerfEventTarget {
    if (amount < 1) {
      throw new IllegalArgumentException(
          "perf_event %s: %s %d, want 1 or more"
              .formatted(event, byFrequency ? "frequency" : "period", amount));
    }
  }

  static PerfEventTarget parse(String section, String place) {
    int colon = place.indexOf(':');
    String event = (colon < 0 ? place : place.substring(0, colon)).strip();
    String rate = colon < 0 ? "" : place.substring(colon + 1).strip().toLowerCase(Locale.ROOT);
    if (!rate.matches("([1-9][0-9]{0,17}(hz)?)?") || !event.matches("[A-Za-z0-9_-]*")) {
      throw NativeTarget.bad(
          section, "perf_event/EVENT[:FREQhz|:PERIOD], as perf_event/cpu-clock:99hz");
    }
    boolean frequency = rate.isEmpty() || rate.endsWith("hz");
    String digits = rate.replace("hz", "");
    return new PerfEventTarget(
        event.isEmpty() ? "cpu-clock" : event,
        digits.isEmpty() ? DEFAULT_FREQ_HZ : Long.parseLong(digits),
        frequency,
        ProcessScope.own(),
        0);
  }

  public PerfEventTarget withEvent(String newEvent) {
    return new PerfEventTarget(newEvent, amount, byFrequency, scope, cookie);
  }

  public PerfEventTarget withFrequency(long freqHz) {
    return new PerfEventTarget(event, freqHz, true, scope, cookie);
  }

  public PerfEventTarget withPeriod(long events) {
    return new PerfEventTarget(event, events, false, scope, cookie);
  }

  @Override
  public PerfEventTarget withCookie(long newCookie) {
    return new PerfEventTarget(event, amount, byFrequency, scope, newCookie);
  }

  @Override
  public PerfEventTarget withScope(ProcessScope newScope) {
    return new PerfEventTarget(event, amount, byFrequency, newScope, cookie);
  }

  @Override
  public String toString() {
    return "perf_event/" + event + ":" + amount + (byFrequency ? "hz" : "");
  }
}
