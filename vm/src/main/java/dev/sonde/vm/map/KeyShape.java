package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/** Hashes, compares and copies keys of one size; keys at rest are padded with zeros to words. */
final class KeyShape {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio
  private static final long FINISHER = 0xD6E8FEB86659FD93L;
  private static final long SECOND_MULTIPLIER = 0xC2B2AE3D27D4EB4FL; // of xxHash

  private final int sizeBytes;
  private final int wordBytes; // how much of the key is whole words
  private final long seed;

  KeyShape(int sizeBytes, long seed) {
    this.sizeBytes = sizeBytes;
    this.wordBytes = sizeBytes & ~7;
    this.seed = seed ^ sizeBytes;
  }

  /** Returns how many bytes a key at rest takes. */
  int paddedBytes() {
    return (sizeBytes + 7) & ~7;
  }

  /** Returns 31 bits. Two words, as many keys have, are multiplied side by side. */
  int hash(long keyAddress) {
    if (sizeBytes == 16) {
      long first = (RawMemory.getLong(keyAddress) ^ seed) * MULTIPLIER;
      long second = (RawMemory.getLong(keyAddress + 8) + seed) * SECOND_MULTIPLIER;
      long sum = first + second;
      return (int) ((sum ^ sum >>> 32) * FINISHER >>> 33);
    }
    long h = seed;
    for (int i = 0; i < wordBytes; i += 8) {
      h = mix(h ^ RawMemory.getLong(keyAddress + i), MULTIPLIER);
    }
    if (wordBytes != sizeBytes) {
      h = mix(h ^ tail(keyAddress), MULTIPLIER);
    }
    return (int) (mix(h, FINISHER) >>> 33);
  }

  /** Tells whether the key of a program equals a key at rest. */
  boolean matches(long keyAddress, long restAddress) {
    if (sizeBytes == 16) {
      long first = RawMemory.getLong(keyAddress) ^ RawMemory.getLong(restAddress);
      long second = RawMemory.getLong(keyAddress + 8) ^ RawMemory.getLong(restAddress + 8);
      return (first | second) == 0;
    }
    for (int i = 0; i < wordBytes; i += 8) {
      if (RawMemory.getLong(keyAddress + i) != RawMemory.getLong(restAddress + i)) {
        return false;
      }
    }
    return wordBytes == sizeBytes || tail(keyAddress) == RawMemory.getLong(restAddress + wordBytes);
  }

  /** Writes a key at rest. */
  void copy(long keyAddress, long restAddress) {
    for (int i = 0; i < wordBytes; i += 8) {
      RawMemory.putLong(restAddress + i, RawMemory.getLong(keyAddress + i));
    }
    if (wordBytes != sizeBytes) {
      RawMemory.putLong(restAddress + wordBytes, tail(keyAddress));
    }
  }

  private static long mix(long value, long factor) {
    long product = value * factor;
    return product ^ product >>> 32;
  }

  /** Returns the bytes behind the last whole word, without reading past the key. */
  private long tail(long keyAddress) {
    long at = keyAddress + wordBytes;
    int left = sizeBytes - wordBytes;
    if (left == 4) {
      return RawMemory.getInt(at) & 0xffffffffL;
    }
    long value = 0;
    for (int i = left - 1; i >= 0; i--) {
      value = value << 8 | RawMemory.getByte(at + i) & 0xff;
    }
    return value;
  }
}
