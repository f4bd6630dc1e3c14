package dev.sonde.exporters.console;

import dev.sonde.exporters.signal.Log2Histogram;

/** A log2 histogram as a bar chart. */
public final class HistogramText {
  private static final int BAR_CELLS = 40;
  private static final String[] EIGHTHS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

  private HistogramText() {}

  /** Returns one line a slot, from the first used one to the last; "" for an empty histogram. */
  public static String chart(Log2Histogram histogram, String unit) {
    long most = 1;
    for (long count : histogram.slots()) {
      most = Math.max(most, count);
    }
    StringBuilder text = new StringBuilder();
    for (int i = histogram.firstUsed(); i <= histogram.lastUsed(); i++) {
      long count = histogram.slots()[i];
      text.append(
          "  %9s .. %-9s %,12d |%s|%n"
              .formatted(edge(i, unit), edge(i + 1, unit), count, bar(count, most)));
    }
    return text.toString();
  }

  /** Returns the count, the estimated median and tail, and the estimated mean in one line. */
  public static String summary(Log2Histogram histogram, String unit) {
    long count = histogram.count();
    return "count %,d   p50 ~%s   p95 ~%s   p99 ~%s   mean ~%s"
        .formatted(
            count,
            UnitFormat.format(histogram.quantile(0.50), unit),
            UnitFormat.format(histogram.quantile(0.95), unit),
            UnitFormat.format(histogram.quantile(0.99), unit),
            UnitFormat.format(count == 0 ? 0 : histogram.sum() / count, unit));
  }

  private static String edge(int slot, String unit) {
    return UnitFormat.format(slot == 0 ? 0 : slot >= 63 ? 0x1p63 : 1L << slot, unit);
  }

  private static String bar(long count, long most) {
    int eighths = (int) Math.ceil((double) count * BAR_CELLS * 8 / most);
    String bar = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    return bar + " ".repeat(BAR_CELLS - bar.length());
  }
}
