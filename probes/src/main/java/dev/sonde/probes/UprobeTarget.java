package dev.sonde.probes;

/**
 * A native function: {@code uprobe/PATH:SYMBOL[+OFFSET]} or {@code uretprobe/PATH:SYMBOL[+OFFSET]}.
 *
 * @param path a file, or a library's short name: {@code libc}, {@code libjvm}
 * @param symbol mangled or demangled, a glob with {@code *} and {@code ?}, or {@code 0x...}: an
 *     offset in the file
 * @param offsetBytes from the symbol's first byte; for a return, of an insn before which the stack
 *     is still as the caller left it
 * @param returns whether the event is the function's return
 * @param scope whose calls
 * @param cookie what bpf_get_attach_cookie answers
 */
public record UprobeTarget(
    String path, String symbol, long offsetBytes, boolean returns, ProcessScope scope, long cookie)
    implements NativeTarget {
  private static final String WANT = "/PATH:SYMBOL[+OFFSET] or /PATH:0xFILE_OFFSET";

  static UprobeTarget parse(String section, String place, boolean returns) {
    String kind = returns ? "uretprobe" : "uprobe";
    int colon = place.indexOf(':');
    String function = place.substring(colon + 1).strip();
    if (colon <= 0 || function.isEmpty()) {
      throw NativeTarget.bad(section, kind + WANT);
    }
    int plus = function.lastIndexOf('+');
    boolean offset = plus > 0 && function.substring(plus + 1).matches("(0[xX])?[0-9a-fA-F]{1,15}");
    long offsetBytes = offset ? number(section, function.substring(plus + 1)) : 0;
    return new UprobeTarget(
        place.substring(0, colon).strip(),
        offset ? function.substring(0, plus).strip() : function,
        offsetBytes,
        returns,
        ProcessScope.own(),
        0);
  }

  @Override
  public UprobeTarget withCookie(long newCookie) {
    return new UprobeTarget(path, symbol, offsetBytes, returns, scope, newCookie);
  }

  @Override
  public UprobeTarget withScope(ProcessScope newScope) {
    return new UprobeTarget(path, symbol, offsetBytes, returns, newScope, cookie);
  }

  /** Tells whether the place is given as an offset in the file. */
  public boolean isFileOffset() {
    return symbol.matches("0[xX][0-9a-fA-F]{1,15}");
  }

  /** Returns the offset in the file, where {@link #isFileOffset}. */
  public long fileOffset() {
    return Long.parseLong(symbol.substring(2), 16) + offsetBytes;
  }

  @Override
  public String toString() {
    String offset = offsetBytes == 0 ? "" : "+0x" + Long.toHexString(offsetBytes);
    return (returns ? "uretprobe/" : "uprobe/") + path + ":" + symbol + offset;
  }

  private static long number(String section, String text) {
    try {
      return Long.decode(text);
    } catch (NumberFormatException e) {
      throw NativeTarget.bad(section, "an offset in decimal or 0x hexadecimal");
    }
  }
}
