package dev.sonde.vm.helper;

import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;

/**
 * The printf of bpf_trace_printk, bpf_snprintf and their kin: {@code %d %i %u %x %X %o? %p %s %c},
 * lengths {@code l ll h hh}, flags {@code # 0 - + space} and a width; {@code %pI4 %pI6 %ps %pS %pB
 * %pK %px %pks %pus}. What the kernel refuses is refused ({@code bpf_bprintf_prepare}, Linux 6.18).
 */
final class PrintFormat {
  /** The most bytes that one %s may read. */
  private static final int MAX_STRING = 512;

  private final byte[] format;
  private final long[] values;
  private final StringReader strings;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int used;

  /** Where %s finds its bytes. */
  @FunctionalInterface
  interface StringReader {
    /** Returns the NUL-terminated string at {@code address}, or null when it cannot be read. */
    byte @org.jspecify.annotations.Nullable [] read(long address, int limitBytes);
  }

  private PrintFormat(byte[] format, long[] values, StringReader strings) {
    this.format = format;
    this.values = values;
    this.strings = strings;
  }

  /**
   * @param text receives the result, whole
   * @return how many values the format used, or a negative errno
   */
  static int format(byte[] format, long[] values, StringReader strings, StringBuilder text) {
    PrintFormat run = new PrintFormat(format, values, strings);
    int error = run.all();
    text.append(run.out);
    return error < 0 ? error : run.used;
  }

  private int all() {
    while (at < format.length) {
      int c = format[at++] & 0xff;
      if (c == 0) {
        return 0;
      }
      if (c != '%') {
        if (c >= 0x80 || c < 0x20 && !Character.isWhitespace(c)) {
          return -Errno.EINVAL; // the kernel prints only ASCII
        }
        out.append((char) c);
      } else if (peek() == '%') {
        at++;
        out.append('%');
      } else {
        int error = conversion();
        if (error < 0) {
          return error;
        }
      }
    }
    return -Errno.EINVAL; // no NUL
  }

  private int peek() {
    return at < format.length ? format[at] & 0xff : 0;
  }

  private int conversion() {
    boolean left = false;
    boolean zero = false;
    boolean alternate = false;
    boolean plus = false;
    boolean space = false;
    for (; "0+- #".indexOf(peek()) >= 0 && peek() != 0; at++) {
      int flag = peek();
      left |= flag == '-';
      zero |= flag == '0';
      alternate |= flag == '#';
      plus |= flag == '+';
      space |= flag == ' ';
    }
    int width = 0;
    while (peek() >= '0' && peek() <= '9' && width < 10_000) {
      width = width * 10 + (format[at++] - '0');
    }
    int longs = 0;
    for (; peek() == 'l'; at++) {
      longs++;
    }
    int kind = peek();
    at++;
    if (used >= values.length) {
      return -Errno.EINVAL;
    }
    String body;
    long value = values[used];
    boolean wide = longs > 0;
    switch (kind) {
      case 'd', 'i' -> {
        long signed = wide ? value : (int) value;
        body = Long.toString(signed);
        if (signed >= 0 && (plus || space)) {
          body = (plus ? "+" : " ") + body;
        }
      }
      case 'u' -> body = Long.toUnsignedString(wide ? value : value & 0xffffffffL);
      case 'x', 'X' -> {
        body = Long.toHexString(wide ? value : value & 0xffffffffL);
        body = (alternate ? "0x" : "") + body;
        body = kind == 'X' ? body.toUpperCase(java.util.Locale.ROOT) : body;
      }
      case 'c' -> body = String.valueOf((char) (value & 0xff));
      case 's' -> {
        byte[] bytes = longs == 0 ? strings.read(value, MAX_STRING) : null;
        if (longs != 0) {
          return -Errno.EINVAL;
        }
        body = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
        zero = false;
      }
      case 'p' -> {
        if (longs != 0) {
          return -Errno.EINVAL;
        }
        String pointer = pointer(value);
        if (pointer == null) {
          return -Errno.EINVAL;
        }
        body = pointer;
        zero = false;
      }
      default -> {
        return -Errno.EINVAL;
      }
    }
    used++;
    pad(body, width, left, zero);
    return 0;
  }

  private @org.jspecify.annotations.Nullable String pointer(long value) {
    int kind = peek();
    int second = at + 1 < format.length ? format[at + 1] : 0;
    if ((kind == 'k' || kind == 'u') && second == 's') {
      at += 2;
      byte[] bytes = strings.read(value, MAX_STRING);
      return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }
    if ((kind == 'i' || kind == 'I') && (second == '4' || second == '6')) {
      at += 2;
      return address(value, second == '4' ? 4 : 16, kind == 'I');
    }
    if (kind == 'K' || kind == 'x' || kind == 's' || kind == 'S' || kind == 'B') {
      at++; // symbols are the exporters' affair: the address says which
    } else if (Character.isLetterOrDigit(kind)) {
      return null;
    }
    return "%016x".formatted(value);
  }

  private @org.jspecify.annotations.Nullable String address(
      long at, int sizeBytes, boolean separators) {
    byte[] bytes = strings.read(at, -sizeBytes);
    if (bytes == null) {
      return "(fault)";
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sizeBytes; i++) {
      if (sizeBytes == 4) {
        text.append(i == 0 ? "" : ".");
        text.append(
            separators ? "%d".formatted(bytes[i] & 0xff) : "%03d".formatted(bytes[i] & 0xff));
      } else {
        text.append(separators && i != 0 && i % 2 == 0 ? ":" : "");
        text.append("%02x".formatted(bytes[i] & 0xff));
      }
    }
    return text.toString();
  }

  private void pad(String body, int width, boolean left, boolean zero) {
    int missing = Math.max(0, width - body.length());
    if (left) {
      out.append(body).append(" ".repeat(missing));
    } else if (zero) {
      int sign = !body.isEmpty() && "+- ".indexOf(body.charAt(0)) >= 0 ? 1 : 0;
      out.append(body, 0, sign).append("0".repeat(missing)).append(body, sign, body.length());
    } else {
      out.append(" ".repeat(missing)).append(body);
    }
  }

  /** Returns the {@code sizeBytes} bytes at {@code address} up to and with their NUL. */
  static byte[] copy(long address, long sizeBytes) {
    return RawMemory.read(address, (int) sizeBytes);
  }
}
