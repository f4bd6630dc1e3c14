package dev.sonde.exporters.profile;

/** Strings as JSON, safe also inside an HTML script element. */
public final class JsonText {
  private JsonText() {}

  /** Returns {@code text} in quotes. */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isEscaped(c)) {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private static boolean isEscaped(char c) {
    return c < ' ' || c == '"' || c == '\\' || c == '<' || c == '\u2028' || c == '\u2029';
  }
}
