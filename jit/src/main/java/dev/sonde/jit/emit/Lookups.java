package dev.sonde.jit.emit;

/** Lookups that are written out where the map is known. */
final class Lookups {
  private Lookups() {}

  static long array(int key, long baseAddress, int strideBytes, int entries) {
    return Integer.compareUnsigned(key, entries) < 0 ? baseAddress + (long) key * strideBytes : 0;
  }
}
