package dev.sonde.probes;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A timer of the agent: {@code interval/TIME}, as {@code interval/1s}.
 *
 * @param periodNanos from one run to the next, at least {@link #SHORTEST_NANOS}
 * @param cookie what bpf_get_attach_cookie answers
 */
public record IntervalTarget(long periodNanos, long cookie) implements AttachTarget {
  /** What a Java timer keeps without a thread that spins. */
  public static final long SHORTEST_NANOS = 1_000_000;

  private static final String PREFIX = "interval/";
  private static final String WANT = "interval/TIME of 1ms or more, as interval/1s";
  private static final Pattern TIME = Pattern.compile("([0-9]{1,9})\\s*(ns|us|ms|s|m|h)");
  private static final Map<String, Long> UNITS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  public IntervalTarget {
    if (periodNanos < SHORTEST_NANOS) {
      throw new IllegalArgumentException(
          "interval: got %d ns, want 1ms or more".formatted(periodNanos));
    }
  }

  /** Tells whether a section name is for {@link #parse}. */
  public static boolean isIntervalSection(String section) {
    return section.startsWith(PREFIX);
  }

  /**
   * Returns the target that a section name spells.
   *
   * @throws IllegalArgumentException if it spells none; the message says what was expected
   */
  public static IntervalTarget parse(String section) {
    long nanos = nanos(section, section.substring(PREFIX.length()), WANT);
    if (nanos < SHORTEST_NANOS) {
      throw NativeTarget.bad(section, WANT);
    }
    return new IntervalTarget(nanos, 0);
  }

  /** Reads a time in a target; {@code section} and {@code want} are for the message. */
  static long nanos(String section, String text, String want) {
    Matcher matcher = TIME.matcher(text.strip());
    if (!matcher.matches()) {
      throw NativeTarget.bad(section, want);
    }
    return Long.parseLong(matcher.group(1)) * UNITS.get(matcher.group(2));
  }

  /** Spells a time in the largest unit that it is a whole number of. */
  static String text(long nanos) {
    for (String unit : new String[] {"h", "m", "s", "ms", "us"}) {
      if (nanos % UNITS.get(unit) == 0) {
        return nanos / UNITS.get(unit) + unit;
      }
    }
    return nanos + "ns";
  }

  @Override
  public IntervalTarget withCookie(long newCookie) {
    return new IntervalTarget(periodNanos, newCookie);
  }

  @Override
  public String toString() {
    return PREFIX + text(periodNanos);
  }
}
