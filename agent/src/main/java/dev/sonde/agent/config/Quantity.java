package dev.sonde.agent.config;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units, as people write them: 5ms, 1.5s, 64KiB, 0x10. */
public final class Quantity {
  private static final Pattern WITH_UNIT =
      Pattern.compile("\\s*([0-9]+(?:\\.[0-9]+)?)\\s*([a-zA-Zµ]+)\\s*");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final Map<String, Long> BYTES =
      Map.of("b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30);

  private Quantity() {}

  /** Returns a duration in ns; a bare number has no unit and is refused. */
  public static long durationNanos(String text) {
    return withUnit(text, NANOS);
  }

  /** Returns a size in bytes; a bare number is bytes. */
  public static long sizeBytes(String text) {
    return text.strip().chars().allMatch(Character::isDigit) ? number(text) : withUnit(text, BYTES);
  }

  /** Returns a decimal or 0x number, with an optional sign and underscores. */
  public static long number(String text) {
    String digits = text.strip().replace("_", "");
    return Long.decode(digits.matches("[+-]?0+[0-9]+") ? digits.replaceFirst("0+", "") : digits);
  }

  /** Returns a share of 1 for a text such as 2.5%. */
  public static double percent(String text) {
    return Double.parseDouble(text.substring(0, text.length() - 1)) / 100;
  }

  /** Returns a number, a duration in ns, a size in bytes, true as 1 or false as 0. */
  public static long anyOf(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (word.equals("true") || word.equals("false")) {
      return word.equals("true") ? 1 : 0;
    }
    Matcher matcher = WITH_UNIT.matcher(text);
    if (!matcher.matches() || word.startsWith("0x")) {
      return number(text);
    }
    String unit = matcher.group(2).toLowerCase(Locale.ROOT);
    return NANOS.containsKey(unit) ? withUnit(text, NANOS) : withUnit(text, BYTES);
  }

  private static long withUnit(String text, Map<String, Long> units) {
    Matcher matcher = WITH_UNIT.matcher(text);
    Long factor = matcher.matches() ? units.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
    if (factor == null) {
      throw new IllegalArgumentException(
          "\"%s\": want a number and one of %s".formatted(text, String.join(", ", units.keySet())));
    }
    return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(factor)).longValue();
  }
}
