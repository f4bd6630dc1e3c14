package dev.sonde.exporters.profile;

import dev.sonde.exporters.symbol.Frame;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The collapsed format: a line a stack, root first, frames joined by {@code ;}, a space, the
 * weight. Kernel frames get the suffix {@code _[k]}; lines are sorted, so that equal profiles are
 * equal files.
 *
 * @see <a href="https://github.com/brendangregg/FlameGraph">FlameGraph, stackcollapse</a>
 */
public final class CollapsedStacks {
  private CollapsedStacks() {}

  public static String of(Profile profile) {
    Map<String, Long> lines = new TreeMap<>();
    for (Profile.Sample sample : profile.samples()) {
      lines.merge(line(sample.frames()), sample.value(), Long::sum);
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((stack, weight) -> text.append(stack).append(' ').append(weight).append('\n'));
    return text.toString();
  }

  private static String line(List<Frame> leafFirst) {
    StringBuilder line = new StringBuilder();
    for (int i = leafFirst.size() - 1; i >= 0; i--) {
      Frame frame = leafFirst.get(i);
      line.append(frame.function().replace(';', ',').replace('\n', ' '));
      line.append(frame.kind() == Frame.Kind.KERNEL ? "_[k]" : "");
      line.append(i > 0 ? ";" : "");
    }
    return line.toString();
  }
}
