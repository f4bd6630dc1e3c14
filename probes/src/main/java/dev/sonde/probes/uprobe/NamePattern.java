package dev.sonde.probes.uprobe;

import java.util.regex.Pattern;

/** Names with {@code *} for any run of characters and {@code ?} for any one. */
final class NamePattern {
  private final Pattern pattern;
  private final boolean literal;

  NamePattern(String glob) {
    literal = glob.indexOf('*') < 0 && glob.indexOf('?') < 0;
    StringBuilder regex = new StringBuilder();
    glob.chars()
        .forEach(
            c ->
                regex.append(
                    switch (c) {
                      case '*' -> ".*";
                      case '?' -> ".";
                      default -> Pattern.quote(String.valueOf((char) c));
                    }));
    pattern = Pattern.compile(regex.toString());
  }

  /** Tells whether only one name can match. */
  boolean isLiteral() {
    return literal;
  }

  boolean matches(String name) {
    return pattern.matcher(name).matches();
  }
}
