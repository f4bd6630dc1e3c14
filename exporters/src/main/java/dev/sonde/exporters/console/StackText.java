package dev.sonde.exporters.console;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The hottest stacks of a profile as text. */
public final class StackText {
  private StackText() {}

  /**
   * Returns the {@code limit} heaviest stacks, each with its share and at most {@code frames}
   * frames, leaf first.
   */
  public static String hottest(Profile profile, int limit, int frames) {
    Map<List<Frame>, Long> weights = new LinkedHashMap<>();
    profile.samples().forEach(s -> weights.merge(s.frames(), s.value(), Long::sum));
    double total = Math.max(1, profile.total());
    StringBuilder text = new StringBuilder();
    weights.entrySet().stream()
        .sorted(Map.Entry.<List<Frame>, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(limit)
        .forEach(
            e -> {
              double percent = 100 * e.getValue() / total;
              text.append("  %5.1f %%  %,d%n".formatted(percent, e.getValue()));
              appendFrames(text, e.getKey(), frames);
            });
    return text.toString();
  }

  private static void appendFrames(StringBuilder text, List<Frame> stack, int limit) {
    stack.stream()
        .limit(limit)
        .forEach(f -> text.append("      ").append(f.describe()).append('\n'));
    if (stack.size() > limit) {
      text.append("      ... %d more%n".formatted(stack.size() - limit));
    }
  }
}
