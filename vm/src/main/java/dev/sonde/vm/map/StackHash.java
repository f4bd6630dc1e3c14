package dev.sonde.vm.map;

/** The kernel's jhash2 over frame ids, so that equal stacks get equal ids on both sides. */
final class StackHash {
  private static final int INITIAL = 0xdeadbeef; // JHASH_INITVAL, include/linux/jhash.h
  private static final long ODD = 0x9E3779B97F4A7C15L;

  private StackHash() {}

  /** Returns {@code jhash2((u32 *) frames, count * 2, 0)}. */
  static int of(long[] frames, int count) {
    int length = count * 2;
    int a = INITIAL + (length << 2);
    int b = a;
    int c = a;
    int i = 0;
    for (; length - i > 3; i += 3) {
      a += word(frames, i);
      b += word(frames, i + 1);
      c += word(frames, i + 2);
      a = (a - c) ^ Integer.rotateLeft(c, 4);
      c += b;
      b = (b - a) ^ Integer.rotateLeft(a, 6);
      a += c;
      c = (c - b) ^ Integer.rotateLeft(b, 8);
      b += a;
      a = (a - c) ^ Integer.rotateLeft(c, 16);
      c += b;
      b = (b - a) ^ Integer.rotateLeft(a, 19);
      a += c;
      c = (c - b) ^ Integer.rotateLeft(b, 4);
      b += a;
    }
    int left = length - i;
    if (left == 0) {
      return c;
    }
    c += left > 2 ? word(frames, i + 2) : 0;
    b += left > 1 ? word(frames, i + 1) : 0;
    a += word(frames, i);
    return last(a, b, c);
  }

  /**
   * Returns a sum that most stacks have for themselves, in a quarter of the time: no term waits for
   * another, where the words of {@link #of} wait for each other, 20 cycles for three.
   */
  static int sum(long[] frames, int count) {
    long sum = 0;
    long weight = ODD;
    for (int i = 0; i < count; i++) {
      sum += frames[i] * weight;
      weight += 2 * ODD;
    }
    return (int) (sum >>> 32);
  }

  private static int last(int a, int b, int c) {
    c = (c ^ b) - Integer.rotateLeft(b, 14);
    a = (a ^ c) - Integer.rotateLeft(c, 11);
    b = (b ^ a) - Integer.rotateLeft(a, 25);
    c = (c ^ b) - Integer.rotateLeft(b, 16);
    a = (a ^ c) - Integer.rotateLeft(c, 4);
    b = (b ^ a) - Integer.rotateLeft(a, 14);
    return (c ^ b) - Integer.rotateLeft(b, 24);
  }

  /** Returns u32 number {@code index} of the frames as they lie in memory, little-endian. */
  private static int word(long[] frames, int index) {
    return (int) (frames[index >>> 1] >>> ((index & 1) << 5));
  }
}
