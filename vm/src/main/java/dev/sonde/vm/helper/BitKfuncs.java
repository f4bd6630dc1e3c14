package dev.sonde.vm.helper;

/** What a processor does to the bits of a word in one insn, and eBPF has no insn for. */
public final class BitKfuncs {
  private BitKfuncs() {}

  /** Returns the place of the highest bit of {@code word}, counted from 1; 0 when none is set. */
  public static long fls64(long word) {
    return Long.SIZE - Long.numberOfLeadingZeros(word);
  }
}
