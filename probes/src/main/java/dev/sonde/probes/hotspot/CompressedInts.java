package dev.sonde.probes.hotspot;

/**
 * HotSpot's UNSIGNED5 numbers: one to five bytes, base 64 digits behind the first; a byte of 192
 * (191 where zero bytes are not used, from JDK 20 on) or more says that another follows.
 *
 * @see <a
 *     href="https://github.com/openjdk/jdk/blob/jdk-21-ga/src/hotspot/share/utilities/unsigned5.hpp">
 *     unsigned5.hpp</a>
 */
final class CompressedInts {
  private static final int DIGIT_BITS = 6;
  private static final int MAX_BYTES = 5;

  private final byte[] bytes;
  private final int excluded; // how many byte values, from 0 on, are no digits: 0 or 1
  private int at;

  CompressedInts(byte[] bytes, int at, boolean noZeroBytes) {
    this.bytes = bytes;
    this.at = at;
    this.excluded = noZeroBytes ? 1 : 0;
  }

  boolean hasNext() {
    return at >= 0 && at < bytes.length;
  }

  int u8() {
    return hasNext() ? bytes[at++] & 0xff : 0;
  }

  int next() {
    int sum = 0;
    int low = 192 - excluded;
    for (int i = 0; i < MAX_BYTES; i++) {
      int digit = Math.max(0, u8() - excluded); // behind the end there are zeros
      sum += digit << DIGIT_BITS * i;
      if (digit < low) {
        break;
      }
    }
    return sum;
  }

  /** Reads a number whose sign is its lowest bit. */
  int nextSigned() {
    int value = next();
    return value >>> 1 ^ -(value & 1);
  }
}
