package dev.sonde.vm.elf;

/**
 * A relocation: {@code symbol}'s address belongs to what stands at {@code offset}.
 *
 * @param offset in the relocated section, in bytes
 * @param type R_BPF_*
 */
record ElfRelocation(long offset, int type, ElfSymbol symbol) {
  /** An lddw of an address. */
  static final int R_BPF_64_64 = 1;

  /** A 64-bit pointer in data. */
  static final int R_BPF_64_ABS64 = 2;

  /** A call. */
  static final int R_BPF_64_32 = 10;
}
