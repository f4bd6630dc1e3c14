package dev.sonde.agent.cli;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code key=value} words of a request line, the last of a key if it stands twice. */
record BatchWords(Map<String, String> values) {

  static BatchWords of(String line) {
    Map<String, String> values = new HashMap<>();
    for (String word : line.strip().split("\\s+")) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException(
            "request: got \"%s\", want key=value".formatted(shortened(word)));
      }
      values.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return new BatchWords(values);
  }

  String text(String key, String otherwise) {
    return values.getOrDefault(key, otherwise);
  }

  /** Returns the number of a key, decimal or 0x hex. */
  int number(String key, int otherwise) {
    String text = values.get(key);
    return text == null ? otherwise : number(key + ":", text);
  }

  /** Returns the bytes of a key, or null when the request has none of it. */
  byte @Nullable [] bytes(String key) {
    String text = values.get(key);
    if (text == null) {
      return null;
    }
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: got \"%s\", want pairs of hex digits".formatted(key, shortened(text)), e);
    }
  }

  static int number(String where, String text) {
    try {
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s got \"%s\", want a number of 32 bits".formatted(where, shortened(text)), e);
    }
  }

  /** A hostile word may be megabytes long; its beginning tells which it is. */
  static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }
}
