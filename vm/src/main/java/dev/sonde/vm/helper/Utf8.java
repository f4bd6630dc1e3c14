package dev.sonde.vm.helper;

import dev.sonde.vm.memory.RawMemory;

/** Writes Java characters as UTF-8 into raw memory, with no garbage. */
final class Utf8 {
  private Utf8() {}

  /**
   * Writes as many whole characters of {@code text} as fit.
   *
   * <p>Only classes of the JDK that take no lock may come here, because this runs in the traced
   * thread; an unpaired surrogate becomes a question mark, as {@code String.getBytes} makes it.
   *
   * @return bytes written, or -1 when the text changed under us
   */
  static int write(CharSequence text, long toAddress, int roomBytes) {
    try {
      return encode(text, toAddress, roomBytes);
    } catch (IndexOutOfBoundsException shortened) {
      return -1; // a StringBuilder that its owner cuts at this moment
    }
  }

  private static int encode(CharSequence text, long toAddress, int roomBytes) {
    int written = 0;
    int length = text.length();
    for (int i = 0; i < length; i++) {
      int c = text.charAt(i);
      if (Character.isHighSurrogate((char) c) && i + 1 < length) {
        char low = text.charAt(i + 1);
        if (Character.isLowSurrogate(low)) {
          c = Character.toCodePoint((char) c, low);
          i++;
        }
      }
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        c = '?';
      }
      int size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      if (size > roomBytes - written) {
        break;
      }
      put(toAddress + written, c, size);
      written += size;
    }
    return written;
  }

  private static void put(long address, int c, int size) {
    if (size == 1) {
      RawMemory.putByte(address, (byte) c);
      return;
    }
    for (int i = size - 1; i > 0; i--) {
      RawMemory.putByte(address + i, (byte) (0x80 | c & 0x3f));
      c >>>= 6;
    }
    RawMemory.putByte(address, (byte) (0xf00 >>> size | c)); // 110..., 1110..., 11110...
  }
}
