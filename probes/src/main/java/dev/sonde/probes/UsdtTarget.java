package dev.sonde.probes;

/**
 * A probe that a binary's author placed: {@code usdt/PATH:PROVIDER:NAME}, with all its locations.
 *
 * @param path a file, or a library's short name: {@code libjvm}
 * @param provider may be a glob
 * @param name may be a glob; {@code -} stands for {@code __} as in dtrace
 * @param scope whose events
 * @param cookie what bpf_get_attach_cookie and bpf_usdt_cookie answer
 */
public record UsdtTarget(String path, String provider, String name, ProcessScope scope, long cookie)
    implements NativeTarget {

  static UsdtTarget parse(String section, String place) {
    String[] parts = place.split(":", -1);
    if (parts.length != 3 || parts[0].isBlank() || parts[1].isBlank() || parts[2].isBlank()) {
      throw NativeTarget.bad(section, "usdt/PATH:PROVIDER:NAME");
    }
    return new UsdtTarget(
        parts[0].strip(), parts[1].strip(), parts[2].strip(), ProcessScope.own(), 0);
  }

  @Override
  public UsdtTarget withCookie(long newCookie) {
    return new UsdtTarget(path, provider, name, scope, newCookie);
  }

  @Override
  public UsdtTarget withScope(ProcessScope newScope) {
    return new UsdtTarget(path, provider, name, newScope, cookie);
  }

  @Override
  public String toString() {
    return "usdt/" + path + ":" + provider + ":" + name;
  }
}
