package dev.sonde.probes.unwind;

import org.jspecify.annotations.Nullable;

/**
 * What is known of program counters: one entry a slot, the latest wins. It boxes nothing, so that
 * it is cheap also before it is compiled, which in a short recording it hardly ever is.
 */
public final class PcCache<T> {
  private static final int SLOT_BITS = 13;
  private static final int SLOTS = 1 << SLOT_BITS;
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L; // 2^64 / golden ratio

  private final long[] pcs = new long[SLOTS];
  private final @Nullable Object[] values = new Object[SLOTS];

  /** Returns what was put for {@code pc}, or null when it was not, or another took its slot. */
  @SuppressWarnings("unchecked") // put takes T alone
  public @Nullable T get(long pc) {
    int slot = slot(pc);
    return pcs[slot] == pc ? (T) values[slot] : null;
  }

  public void put(long pc, T value) {
    int slot = slot(pc);
    pcs[slot] = pc;
    values[slot] = value;
  }

  private static int slot(long pc) {
    return (int) (pc * MIX >>> Long.SIZE - SLOT_BITS);
  }
}
