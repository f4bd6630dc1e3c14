package dev.sonde.probes;

/**
 * Events of JDK Flight Recorder: {@code jfr/EVENT[:threshold=TIME][,period=TIME]}.
 *
 * @param event the event type, as {@code jdk.GarbageCollection} or an application's own
 * @param thresholdNanos shorter events are none; 0: all
 * @param periodNanos how often a periodic event or sample is taken; 0: as JFR has it
 * @param cookie what bpf_get_attach_cookie answers
 */
public record JfrTarget(String event, long thresholdNanos, long periodNanos, long cookie)
    implements AttachTarget {
  private static final String PREFIX = "jfr/";
  private static final String WANT =
      "jfr/EVENT[:threshold=TIME][,period=TIME], as jfr/jdk.FileRead:threshold=1ms";

  public JfrTarget {
    if (thresholdNanos < 0 || periodNanos < 0) {
      throw new IllegalArgumentException(
          "jfr/%s: threshold %d ns, period %d ns, want 0 or more"
              .formatted(event, thresholdNanos, periodNanos));
    }
  }

  /** Returns a target with every event of the type. */
  public static JfrTarget of(String event) {
    return new JfrTarget(event, 0, 0, 0);
  }

  /** Tells whether a section name is for {@link #parse}. */
  public static boolean isJfrSection(String section) {
    return section.startsWith(PREFIX);
  }

  /**
   * Returns the target that a section name spells.
   *
   * @throws IllegalArgumentException if it spells none; the message says what was expected
   */
  public static JfrTarget parse(String section) {
    String place = section.substring(PREFIX.length()).strip();
    int colon = place.indexOf(':');
    String event = colon < 0 ? place : place.substring(0, colon).strip();
    if (!event.matches("[\\w$]+([.][\\w$]+)*")) {
      throw NativeTarget.bad(section, WANT);
    }
    JfrTarget target = of(event);
    for (String setting : colon < 0 ? new String[0] : place.substring(colon + 1).split(",")) {
      target = target.with(section, setting.strip());
    }
    return target;
  }

  private JfrTarget with(String section, String setting) {
    if (setting.startsWith("threshold=")) {
      return withThreshold(IntervalTarget.nanos(section, setting.substring(10), WANT));
    }
    if (setting.startsWith("period=")) {
      return withPeriod(IntervalTarget.nanos(section, setting.substring(7), WANT));
    }
    throw NativeTarget.bad(section, WANT);
  }

  public JfrTarget withThreshold(long nanos) {
    return new JfrTarget(event, nanos, periodNanos, cookie);
  }

  public JfrTarget withPeriod(long nanos) {
    return new JfrTarget(event, thresholdNanos, nanos, cookie);
  }

  @Override
  public JfrTarget withCookie(long newCookie) {
    return new JfrTarget(event, thresholdNanos, periodNanos, newCookie);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(PREFIX).append(event);
    char before = ':';
    if (thresholdNanos != 0) {
      text.append(before).append("threshold=").append(IntervalTarget.text(thresholdNanos));
      before = ',';
    }
    if (periodNanos != 0) {
      text.append(before).append("period=").append(IntervalTarget.text(periodNanos));
    }
    return text.toString();
  }
}
