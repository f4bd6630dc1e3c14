package dev.sonde.probes.method;

/**
 * A name pattern: {@code *} is any run of characters, {@code ?} any one, all else itself.
 *
 * @param pattern as written
 */
record Glob(String pattern) {
  static final Glob ANY = new Glob("*");

  /** Tells whether only one name can match: the pattern itself. */
  boolean isLiteral() {
    return pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
  }

  boolean matches(CharSequence name) {
    return matches(name, '\0', '\0');
  }

  /** Matches {@code name} as if each {@code from} in it were a {@code to}. */
  boolean matches(CharSequence name, char from, char to) {
    int n = 0;
    int p = 0;
    int star = -1; // the last * seen: where to go on when what follows it fails
    int resume = 0;
    while (n < name.length()) {
      char c = name.charAt(n) == from ? to : name.charAt(n);
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == c)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
