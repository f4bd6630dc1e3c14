package dev.sonde.probes;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A glob over probe points as {@code sonde list} writes them: {@code KIND/PLACE}, {@code *} any
 * text, {@code ?} any character. bpftrace's colons do as well: {@code tracepoint:sched:*}. Without
 * a kind the glob is of the place, of whatever kind.
 */
public final class ProbeGlob {
  /** What can be listed, in the order of listing. */
  public static final List<String> KINDS = List.of("method", "jfr", "usdt", "tracepoint", "uprobe");

  private final String glob;
  private final Pattern pattern;
  private final String literal;

  private ProbeGlob(String glob) {
    this.glob = glob;
    StringBuilder regex = new StringBuilder();
    for (char c : glob.toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    this.pattern = Pattern.compile(regex.toString());
    this.literal = glob.split("[*?]", 2)[0];
  }

  /** Returns the glob that a user wrote. */
  public static ProbeGlob of(String text) {
    for (String kind : KINDS) {
      if (text.startsWith(kind + ":")) {
        String place = text.substring(kind.length() + 1);
        return new ProbeGlob(
            kind + "/" + (kind.equals("tracepoint") ? place.replace(':', '/') : place));
      }
      if (text.startsWith(kind + "/") || text.equals(kind)) {
        return new ProbeGlob(text.equals(kind) ? kind + "/*" : text);
      }
    }
    return new ProbeGlob("*/" + text);
  }

  public boolean matches(String point) {
    return pattern.matcher(point).matches();
  }

  /** Tells whether some point that begins with {@code prefix} may match. */
  public boolean mayMatch(String prefix) {
    return literal.startsWith(prefix) || prefix.startsWith(literal);
  }

  /** Tells whether the user named this kind. */
  public boolean names(String kind) {
    return glob.startsWith(kind + "/");
  }

  @Override
  public String toString() {
    return glob;
  }
}
