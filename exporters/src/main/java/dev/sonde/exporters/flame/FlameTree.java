package dev.sonde.exporters.flame;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stacks merged from the root on: a node is a function under the same callers. How a Java method
 * was run does not split it; the node has the kind that most of its weight has.
 */
final class FlameTree {
  /** Which frames are the same box: the line within the function does not count. */
  record Name(String function, String family) implements Comparable<Name> {
    @Override
    public int compareTo(Name other) {
      int order = function.compareTo(other.function);
      return order != 0 ? order : family.compareTo(other.family);
    }
  }

  /** One box. */
  static final class Node {
    private final Map<Name, Node> children = new TreeMap<>();
    private final Map<Frame.Kind, Long> kinds = new EnumMap<>(Frame.Kind.class);
    private long total;
    private long before;

    Frame.Kind kind() {
      Frame.Kind most = Frame.Kind.NATIVE;
      long weight = -1;
      for (Map.Entry<Frame.Kind, Long> entry : kinds.entrySet()) {
        if (entry.getValue() > weight) {
          most = entry.getKey();
          weight = entry.getValue();
        }
      }
      return most;
    }

    long total() {
      return total;
    }

    /** Returns its weight in the profile that this one is compared with. */
    long before() {
      return before;
    }

    Map<Name, Node> children() {
      return children;
    }
  }

  private FlameTree() {}

  /** Returns the root, which stands for all samples. */
  static Node of(Profile profile) {
    Node root = new Node();
    for (Profile.Sample sample : profile.samples()) {
      add(root, sample.frames(), sample.value(), 0);
    }
    return root;
  }

  /** Returns the root of both profiles' stacks, each with its weight now and before. */
  static Node of(Profile profile, Profile before) {
    Node root = of(profile);
    for (Profile.Sample sample : before.samples()) {
      add(root, sample.frames(), 0, sample.value());
    }
    return root;
  }

  private static void add(Node root, List<Frame> leafFirst, long weight, long before) {
    Node node = root;
    node.total += weight;
    node.before += before;
    for (int i = leafFirst.size() - 1; i >= 0; i--) {
      Frame frame = leafFirst.get(i);
      Name name = new Name(frame.function(), frame.kind().attribute());
      node = node.children.computeIfAbsent(name, n -> new Node());
      node.kinds.merge(frame.kind(), weight + before, Long::sum);
      node.total += weight;
      node.before += before;
    }
  }
}
