package dev.sonde.exporters.flame;

import dev.sonde.exporters.profile.JsonText;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A profile as one HTML page that needs nothing else: an interactive flame graph on a canvas.
 *
 * <p>The data in the page: a pool of names with their kinds, and the boxes in preorder, three
 * numbers each: how many levels to go up from the box before, the name's index, the weight.
 */
public final class FlamePage {
  private static final String TEMPLATE = template();

  /** What a box shows. */
  private record Label(String function, Frame.Kind kind) {}

  private final Map<Label, Integer> pool = new LinkedHashMap<>();
  private final List<Long> boxes = new ArrayList<>();
  private final List<Long> before = new ArrayList<>(); // by box; only written by a comparison
  private int lastDepth = -1;

  private FlamePage() {}

  /** Returns the whole page. */
  public static String of(Profile profile) {
    FlamePage page = new FlamePage();
    page.add(FlameTree.of(profile));
    return page.text(profile, false);
  }

  /**
   * Returns the page of {@code profile} coloured by what changed since {@code before}: red boxes
   * have a greater share of all samples than they had, blue ones a smaller.
   */
  public static String ofDifference(Profile profile, Profile before) {
    FlamePage page = new FlamePage();
    page.add(FlameTree.of(profile, before));
    return page.text(profile, true);
  }

  private String text(Profile profile, boolean compared) {
    return TEMPLATE
        .replace("__TITLE__", escapeHtml(profile.name()))
        .replace("\"__DATA__\"", data(profile, compared));
  }

  /** An explicit stack: Java stacks can be deeper than ours. */
  private void add(FlameTree.Node root) {
    record Visit(String function, FlameTree.Node node, int depth) {}
    List<Visit> stack = new ArrayList<>();
    stack.add(new Visit("all", root, 0));
    while (!stack.isEmpty()) {
      Visit visit = stack.remove(stack.size() - 1);
      box(new Label(visit.function(), visit.node().kind()), visit.depth(), visit.node());
      int first = stack.size();
      visit
          .node()
          .children()
          .forEach(
              (name, node) ->
                  stack.add(first, new Visit(name.function(), node, visit.depth() + 1)));
    }
  }

  private void box(Label label, int depth, FlameTree.Node node) {
    boxes.add((long) lastDepth + 1 - depth);
    boxes.add((long) pool.computeIfAbsent(label, n -> pool.size()));
    boxes.add(node.total());
    before.add(node.before());
    lastDepth = depth;
  }

  private String data(Profile profile, boolean compared) {
    StringBuilder json = new StringBuilder();
    json.append("{\"what\":").append(JsonText.quote(profile.valueType()));
    json.append(",\"unit\":").append(JsonText.quote(profile.unit()));
    json.append(",\"names\":[");
    String comma = "";
    for (Label label : pool.keySet()) {
      json.append(comma).append(JsonText.quote(label.function()));
      comma = ",\n";
    }
    json.append("],\"kinds\":\"");
    pool.keySet().forEach(label -> json.append(label.kind().letter()));
    json.append("\",\"boxes\":");
    appendNumbers(json, boxes);
    if (compared) {
      appendNumbers(json.append(",\"before\":"), before);
    }
    return json.append('}').toString();
  }

  private static void appendNumbers(StringBuilder json, List<Long> numbers) {
    json.append('[');
    for (int i = 0; i < numbers.size(); i++) {
      json.append(i == 0 ? "" : i % 60 == 0 ? ",\n" : ",").append(numbers.get(i));
    }
    json.append(']');
  }

  private static String escapeHtml(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  private static String template() {
    try (InputStream page = FlamePage.class.getResourceAsStream("flame.html")) {
      if (page == null) {
        throw new IllegalStateException("flame.html: not in the jar, want it beside FlamePage");
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
