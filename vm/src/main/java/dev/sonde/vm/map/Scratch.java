package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;

/** Off-heap room for one user-side operation: a copy of the key, and a value. */
final class Scratch implements AutoCloseable {
  private final long keyAddress;
  private final long valueAddress;

  Scratch(byte[] key, int valueSizeBytes) {
    long keyBytes = (key.length + 15L) & ~7L; // never 0, and whole words
    keyAddress = RawMemory.allocateZeroed(keyBytes + valueSizeBytes + 8);
    valueAddress = keyAddress + keyBytes;
    RawMemory.write(keyAddress, key);
  }

  long keyAddress() {
    return keyAddress;
  }

  long valueAddress() {
    return valueAddress;
  }

  @Override
  public void close() {
    RawMemory.free(keyAddress);
  }
}
