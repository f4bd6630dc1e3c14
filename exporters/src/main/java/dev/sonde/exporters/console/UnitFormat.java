package dev.sonde.exporters.console;

import java.util.Locale;

/** Numbers with units as people read them: three significant digits and a fitting prefix. */
public final class UnitFormat {
  private static final String[] TIMES = {"ns", "µs", "ms", "s"};
  private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB"};

  private UnitFormat() {}

  /** Returns {@code value} in its UCUM {@code unit}: ns, us, ms, s and By are scaled. */
  public static String format(double value, String unit) {
    return switch (unit) {
      case "ns" -> scaled(value, 1000, TIMES, 0);
      case "us" -> scaled(value, 1000, TIMES, 1);
      case "ms" -> scaled(value, 1000, TIMES, 2);
      case "s" -> scaled(value, 1000, TIMES, 3);
      case "By" -> scaled(value, 1024, SIZES, 0);
      default -> plain(value) + (bare(unit).isEmpty() ? "" : " " + bare(unit));
    };
  }

  /** Returns the unit without UCUM's braces; "" for {@code 1}. */
  private static String bare(String unit) {
    return unit.equals("1") ? "" : unit.replace("{", "").replace("}", "");
  }

  /** Returns a count with thousands separated. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? count((long) value) : digits(value);
  }

  private static String scaled(double value, int step, String[] names, int first) {
    double scaled = value;
    int i = first;
    while (Math.abs(scaled) >= step && i < names.length - 1) {
      scaled /= step;
      i++;
    }
    return digits(scaled) + " " + names[i];
  }

  private static String digits(double value) {
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 10_000) {
      return String.valueOf((long) value);
    }
    return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
  }
}
