package dev.sonde.probes.stack;

/**
 * The frame ids of one class by code position. Readers and writers take no lock: a table is never
 * changed after it was published, and two writers at once lose one of two entries, which is made
 * again at its next event.
 */
final class ClassFrames {
  /** What the names of the classes begin with that call programs. */
  static final String TRAMPOLINES = "java.lang.Sonde$";

  private final boolean trampoline;
  private volatile long[] table = new long[16]; // pairs: key + 1, id; open addressing
  private volatile int count;

  ClassFrames(Class<?> type) {
    this.trampoline = type.getName().startsWith(TRAMPOLINES);
  }

  boolean isTrampoline() {
    return trampoline;
  }

  /** Returns a position's key: what is distinct within a class, 48 bits. */
  static long key(short method, int bciAndVersion) {
    return (method & 0xffffL) << 32 | bciAndVersion & 0xffff_ffffL;
  }

  /** Returns the table as it is now, for {@link #find}. */
  long[] table() {
    return table;
  }

  /** Returns the id of a position, 0 when it is not known to the table. */
  static long find(long[] entries, long key) {
    int mask = entries.length - 2;
    for (int i = slot(key, mask); ; i = i + 2 & mask) {
      long found = entries[i];
      if (found == key + 1 || found == 0) {
        return entries[i + 1];
      }
    }
  }

  void add(long key, long id) {
    long[] old = table;
    long[] entries = count * 4 < old.length ? old.clone() : new long[old.length * 2];
    int entered = 0;
    for (int i = 0; entries.length != old.length && i < old.length; i += 2) {
      entered += old[i] == 0 ? 0 : put(entries, old[i] - 1, old[i + 1]);
    }
    put(entries, key, id);
    count = entries.length == old.length ? count + 1 : entered + 1;
    table = entries;
  }

  private static int put(long[] entries, long key, long id) {
    int mask = entries.length - 2;
    int i = slot(key, mask);
    while (entries[i] != 0 && entries[i] != key + 1) {
      i = i + 2 & mask;
    }
    entries[i] = key + 1;
    entries[i + 1] = id;
    return 1;
  }

  private static int slot(long key, int mask) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32) & mask; // mask is even: pairs start at even indices
  }
}
