package dev.sonde.agent.config;

import java.util.List;
import java.util.Map;

/** A YAML node that remembers its line, 1-based: what error messages point at. */
sealed interface ConfigNode {
  int line();

  /** What it is, for messages. */
  String kind();

  record Scalar(int line, String text) implements ConfigNode {
    @Override
    public String kind() {
      return '"' + text + '"';
    }
  }

  record Sequence(int line, List<ConfigNode> items) implements ConfigNode {
    @Override
    public String kind() {
      return "a list";
    }
  }

  record Mapping(int line, Map<String, Entry> entries) implements ConfigNode {
    @Override
    public String kind() {
      return "a mapping";
    }
  }

  /** A key with its own line, since a wrong key is reported where the key stands. */
  record Entry(int keyLine, ConfigNode value) {}
}
