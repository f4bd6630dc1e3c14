package dev.sonde.vm.helper;

/** What a processor does to the bits of a word in one insn, and eBPF has no insn for. */
public final class BitKfuncs {
  private BitKfuncs() {}

  /** Returns the place of the highest bit of {@code word}, counted from 1; 0 when none is set. */
  public static long fls64(long word) {
    return Long.SIZE - Long.numberOfLeadingZeros(word);
  }

  /**
   * As {@link #fls64}, of a word that is not zero. Of the number of zeros, 0 to 63, the six bits
   * the other way round are 63 less it: one insn on most processors, and by the mask the JVM's
   * compiler, which cannot tell, sees that the result is from 1 to 64.
   */
  public static long fls64OfNonZero(long word) {
    return 1 + (~Long.numberOfLeadingZeros(word) & Long.SIZE - 1);
  }
}
