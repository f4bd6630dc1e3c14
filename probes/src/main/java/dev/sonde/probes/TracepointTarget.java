package dev.sonde.probes;

/**
 * A kernel tracepoint: {@code tracepoint/CATEGORY/NAME}.
 *
 * @param category the folder in tracefs
 * @param name may be a glob
 * @param scope whose events
 * @param cookie what bpf_get_attach_cookie answers
 */
public record TracepointTarget(String category, String name, ProcessScope scope, long cookie)
    implements NativeTarget {

  static TracepointTarget parse(String section, String place) {
    String[] parts = place.split("[/:]", -1);
    String word = "[A-Za-z0-9_*?-]+";
    if (parts.length != 2 || !parts[0].matches(word) || !parts[1].matches(word)) {
      throw NativeTarget.bad(section, "tracepoint/CATEGORY/NAME");
    }
    return new TracepointTarget(parts[0], parts[1], ProcessScope.own(), 0);
  }

  @Override
  public TracepointTarget withCookie(long newCookie) {
    return new TracepointTarget(category, name, scope, newCookie);
  }

  @Override
  public TracepointTarget withScope(ProcessScope newScope) {
    return new TracepointTarget(category, name, newScope, cookie);
  }

  @Override
  public String toString() {
    return "tracepoint/" + category + "/" + name;
  }
}
