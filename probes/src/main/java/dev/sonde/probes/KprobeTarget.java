package dev.sonde.probes;

/**
 * A kernel function: {@code kprobe/FUNCTION[+OFFSET]} or {@code kretprobe/FUNCTION}.
 *
 * @param function as /proc/kallsyms names it
 * @param offsetBytes from its first byte
 * @param returns whether the event is the function's return
 * @param scope whose calls
 * @param cookie what bpf_get_attach_cookie answers
 */
public record KprobeTarget(
    String function, long offsetBytes, boolean returns, ProcessScope scope, long cookie)
    implements NativeTarget {

  static KprobeTarget parse(String section, String place, boolean returns) {
    String kind = returns ? "kretprobe" : "kprobe";
    if (!place.matches("[A-Za-z_.$][A-Za-z0-9_.$*?]*(\\+(0[xX])?[0-9a-fA-F]{1,8})?")) {
      throw NativeTarget.bad(section, kind + "/FUNCTION[+OFFSET]");
    }
    int plus = place.indexOf('+');
    long offset = plus < 0 ? 0 : Long.decode(place.substring(plus + 1));
    if (returns && offset != 0) {
      throw NativeTarget.bad(section, "no offset: a return is of a whole function");
    }
    return new KprobeTarget(
        plus < 0 ? place : place.substring(0, plus), offset, returns, ProcessScope.own(), 0);
  }

  @Override
  public KprobeTarget withCookie(long newCookie) {
    return new KprobeTarget(function, offsetBytes, returns, scope, newCookie);
  }

  @Override
  public KprobeTarget withScope(ProcessScope newScope) {
    return new KprobeTarget(function, offsetBytes, returns, newScope, cookie);
  }

  @Override
  public String toString() {
    String offset = offsetBytes == 0 ? "" : "+0x" + Long.toHexString(offsetBytes);
    return (returns ? "kretprobe/" : "kprobe/") + function + offset;
  }
}
