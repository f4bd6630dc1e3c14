package dev.sonde.exporters.profile;

import dev.sonde.exporters.symbol.Frame;
import java.util.ArrayList;
import java.util.Collections;
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
  private static final String KERNEL = "_[k]";

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

  /**
   * Reads collapsed stacks of any tool.
   *
   * @throws IllegalArgumentException naming the line that is none
   */
  public static Profile parse(String name, List<String> lines) {
    List<Profile.Sample> samples = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      int space = line.lastIndexOf(' ');
      if (line.isEmpty()) {
        continue;
      }
      if (space <= 0 || !line.substring(space + 1).matches("[0-9]{1,18}")) {
        throw new IllegalArgumentException(
            "%s:%d: got \"%s\", want frames joined by ; then a space and a count"
                .formatted(name, i + 1, line));
      }
      long weight = Long.parseLong(line.substring(space + 1));
      samples.add(new Profile.Sample(frames(line.substring(0, space)), weight, Map.of()));
    }
    return new Profile(name, "samples", "count", samples, 0, 0);
  }

  private static List<Frame> frames(String stack) {
    List<Frame> leafFirst = new ArrayList<>();
    for (String function : stack.split(";")) {
      boolean kernel = function.endsWith(KERNEL);
      leafFirst.add(
          kernel
              ? new Frame(Frame.Kind.KERNEL, function.replace(KERNEL, ""), null, 0)
              : new Frame(Frame.Kind.JAVA, function, null, 0));
    }
    Collections.reverse(leafFirst);
    return leafFirst;
  }

  private static String line(List<Frame> leafFirst) {
    StringBuilder line = new StringBuilder();
    for (int i = leafFirst.size() - 1; i >= 0; i--) {
      Frame frame = leafFirst.get(i);
      line.append(frame.function().replace(';', ',').replace('\n', ' '));
      line.append(frame.kind() == Frame.Kind.KERNEL ? KERNEL : "");
      line.append(i > 0 ? ";" : "");
    }
    return line.toString();
  }
}
