package dev.sonde.vm.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Damages object files: anywhere, and where it hurts (section table, symbols, BTF, relocations).
 */
final class ObjectMutator {
  private static final int SECTION_HEADER_BYTES = 64;
  private static final long[] INTERESTING = {
    0,
    1,
    2,
    7,
    8,
    24,
    64,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffffL,
    0x80000000L,
    0xfffffff8L,
    0xffffffffL,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -8
  };

  private final RandomGenerator random;

  ObjectMutator(RandomGenerator random) {
    this.random = random;
  }

  /** Returns {@code object} with one to eight faults. */
  byte[] mutate(byte[] object) {
    byte[] mutant = object.clone();
    int faults = 1 + random.nextInt(8);
    for (int i = 0; i < faults && mutant.length > SECTION_HEADER_BYTES; i++) {
      mutant = damage(mutant);
    }
    return mutant;
  }

  private byte[] damage(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    switch (random.nextInt(10)) {
      case 0 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      case 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      case 3 -> putInt(buffer, random.nextInt(bytes.length), interesting());
      case 4, 5 -> putInt(buffer, sectionField(buffer), interesting());
      case 6, 7 -> putInt(buffer, insideSection(buffer), interesting());
      case 8 -> copyWithin(bytes);
      default -> putInt(buffer, insideSection(buffer), nudge(buffer));
    }
    return bytes;
  }

  private long interesting() {
    return INTERESTING[random.nextInt(INTERESTING.length)];
  }

  /** A value near the one that stands somewhere in the file: offsets and ids that almost fit. */
  private long nudge(ByteBuffer buffer) {
    int at = random.nextInt(buffer.capacity() - 8) & ~3;
    return buffer.getInt(at) + random.nextInt(-3, 4);
  }

  private static void putInt(ByteBuffer buffer, int offset, long value) {
    int at = Math.max(0, Math.min(offset, buffer.capacity() - 8));
    if ((value & 0xffffffffL) == value) {
      buffer.putInt(at, (int) value);
    } else {
      buffer.putLong(at, value);
    }
  }

  /** Returns the place of a field of the section table. */
  private int sectionField(ByteBuffer buffer) {
    long table = buffer.getLong(40);
    int count = Math.max(1, buffer.getShort(60) & 0xffff);
    return (int) table + random.nextInt(count) * SECTION_HEADER_BYTES + 4 * random.nextInt(16);
  }

  /** Returns a place at a multiple of 4 inside some section's bytes. */
  private int insideSection(ByteBuffer buffer) {
    long table = buffer.getLong(40);
    int count = Math.max(1, buffer.getShort(60) & 0xffff);
    long header = table + (long) random.nextInt(count) * SECTION_HEADER_BYTES;
    if (header < 0 || header > buffer.capacity() - SECTION_HEADER_BYTES) {
      return random.nextInt(buffer.capacity());
    }
    long offset = buffer.getLong((int) header + 24);
    long size = buffer.getLong((int) header + 32);
    boolean inFile = offset >= 0 && size > 0 && offset + size <= buffer.capacity();
    return inFile ? (int) (offset + random.nextLong(size)) & ~3 : random.nextInt(buffer.capacity());
  }

  private void copyWithin(byte[] bytes) {
    int length = 1 + random.nextInt(Math.min(64, bytes.length));
    int from = random.nextInt(bytes.length - length + 1);
    int to = random.nextInt(bytes.length - length + 1);
    System.arraycopy(bytes, from, bytes, to, length);
  }
}
