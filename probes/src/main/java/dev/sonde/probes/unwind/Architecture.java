package dev.sonde.probes.unwind;

import java.util.Locale;

/**
 * What differs between machines: DWARF's register numbers and the order in which perf copies
 * registers (asm/perf_regs.h).
 */
public enum Architecture {
  /** ax bx cx dx si di bp sp ip flags cs ss, r8 to r15; DWARF 16 is the return address. */
  X86_64(
      17,
      7,
      6,
      16,
      0xff0fffL,
      new int[] {0, 3, 2, 1, 4, 5, 6, 7, 16, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15}),
  /** x0 to x29, lr, sp, pc; DWARF numbers are the same, the return address is in lr. */
  AARCH64(33, 31, 29, 30, (1L << 33) - 1, identity(33));

  private final int registers;
  private final int stackPointer;
  private final int framePointer;
  private final int returnAddress;
  private final long perfMask;
  private final int[] dwarfByPerf;

  Architecture(int registers, int sp, int fp, int ra, long perfMask, int[] dwarfByPerf) {
    this.registers = registers;
    this.stackPointer = sp;
    this.framePointer = fp;
    this.returnAddress = ra;
    this.perfMask = perfMask;
    this.dwarfByPerf = dwarfByPerf;
  }

  /** Returns the machine that this JVM runs on; an unknown one is taken for x86-64. */
  public static Architecture current() {
    String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return name.equals("aarch64") || name.equals("arm64") ? AARCH64 : X86_64;
  }

  /** Returns how many registers CFI speaks of. */
  public int registers() {
    return registers;
  }

  public int stackPointer() {
    return stackPointer;
  }

  public int framePointer() {
    return framePointer;
  }

  /** Returns the column of the return address. */
  public int returnAddress() {
    return returnAddress;
  }

  /** Returns where a sample's own program counter stands among the registers. */
  int pcColumn() {
    return registers - 1;
  }

  /** Returns an address without the signature that aarch64 may have put into its upper bits. */
  public long codeAddress(long value) {
    return this == AARCH64 ? value & (1L << 48) - 1 : value;
  }

  /** Returns which registers SAMPLE_REGS_USER must copy. */
  public long perfMask() {
    return perfMask;
  }

  /** Returns the DWARF number of a sample's register {@code index}, -1 when it has none. */
  int dwarfOf(int index) {
    return dwarfByPerf[index];
  }

  int perfRegisters() {
    return dwarfByPerf.length;
  }

  private static int[] identity(int count) {
    int[] same = new int[count];
    for (int i = 0; i < count; i++) {
      same[i] = i;
    }
    return same;
  }
}
