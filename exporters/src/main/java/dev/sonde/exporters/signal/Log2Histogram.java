package dev.sonde.exporters.signal;

/**
 * Counts by power of two, as BPF programs keep them: slot 0 counts the values 0 and 1, slot i those
 * from 2^i to 2^(i+1) - 1 (libbpf-tools' {@code log2l}).
 *
 * @param slots how many values fell into each; at most 64
 * @param sum of all values; an estimate from the middle of each slot unless the program keeps it
 */
public record Log2Histogram(long[] slots, double sum) {

  /** Returns a histogram of which only the slots are known. */
  public static Log2Histogram of(long[] slots) {
    double sum = 0;
    for (int i = 0; i < slots.length; i++) {
      sum += slots[i] * (lowest(i) / 2.0 + highest(i) / 2.0);
    }
    return new Log2Histogram(slots, sum);
  }

  /** Returns the least value that slot {@code i} counts. */
  public static long lowest(int i) {
    return i == 0 ? 0 : 1L << i;
  }

  /** Returns the greatest value that slot {@code i} counts. */
  public static long highest(int i) {
    return i >= 62 ? Long.MAX_VALUE : (1L << i + 1) - 1;
  }

  public long count() {
    long count = 0;
    for (long slot : slots) {
      count += slot;
    }
    return count;
  }

  /** Returns the first slot that counts anything, {@code slots.length} if none does. */
  public int firstUsed() {
    int i = 0;
    while (i < slots.length && slots[i] == 0) {
      i++;
    }
    return i;
  }

  /** Returns the last slot that counts anything, -1 if none does. */
  public int lastUsed() {
    int i = slots.length - 1;
    while (i >= 0 && slots[i] == 0) {
      i--;
    }
    return i;
  }

  /**
   * Returns an estimate of the value below which {@code q} of all values lie, taking the values of
   * a slot as evenly spread; 0 for an empty histogram.
   */
  public double quantile(double q) {
    double rank = q * count();
    double below = 0;
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] > 0 && below + slots[i] >= rank) {
        double within = (rank - below) / slots[i];
        return lowest(i) + within * ((double) highest(i) - lowest(i));
      }
      below += slots[i];
    }
    return 0;
  }
}
