package dev.sonde.vm.helper;

import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * A number at the start of a text, as the kernel's {@code __bpf_strtoull} reads it: blanks, a
 * minus, then digits of base 8, 10 or 16; base 0 goes by the prefix.
 */
record NumberText(boolean negative, long magnitude, boolean overflow, long consumedBytes) {
  /** The kernel copies at most this many bytes behind the sign. */
  private static final int MAX_DIGITS = 64;

  static @Nullable NumberText parse(long text, long sizeBytes, long base) {
    if (base != 0 && base != 8 && base != 10 && base != 16) {
      return null;
    }
    long at = 0;
    while (at < sizeBytes && Character.isWhitespace(RawMemory.getByte(text + at))) {
      at++;
    }
    boolean negative = at < sizeBytes && RawMemory.getByte(text + at) == '-';
    at += negative ? 1 : 0;
    return digits(text, at, Math.min(sizeBytes, at + MAX_DIGITS), (int) base, negative);
  }

  private static @Nullable NumberText digits(
      long text, long from, long end, int base, boolean negative) {
    boolean zero = from < end && RawMemory.getByte(text + from) == '0';
    boolean prefix = zero && from + 1 < end && (RawMemory.getByte(text + from + 1) | 0x20) == 'x';
    boolean hex =
        prefix && from + 2 < end && Character.digit(RawMemory.getByte(text + from + 2), 16) >= 0;
    int radix = base != 0 ? base : hex ? 16 : zero ? 8 : 10;
    long at = from + (radix == 16 && prefix ? 2 : 0);
    long first = at;
    long value = 0;
    boolean overflow = false;
    while (at < end) {
      int digit = Character.digit(RawMemory.getByte(text + at), radix);
      if (digit < 0) {
        break;
      }
      overflow |= Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, radix)) > 0;
      value = value * radix + digit;
      at++;
    }
    return at == first ? null : new NumberText(negative, value, overflow, at);
  }
}
