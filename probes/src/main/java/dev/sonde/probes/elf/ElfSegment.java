package dev.sonde.probes.elf;

/**
 * A program header.
 *
 * @param type PT_LOAD is 1, PT_DYNAMIC 2, PT_NOTE 4, PT_GNU_EH_FRAME 0x6474e550
 * @param flags bit 0: executable, bit 1: writable, bit 2: readable
 * @param offset of its first byte in the file
 * @param address of its first byte in memory, before relocation
 * @param fileBytes how much of it the file has
 * @param memoryBytes how much memory it takes
 */
public record ElfSegment(
    int type, int flags, long offset, long address, long fileBytes, long memoryBytes) {
  public static final int LOAD = 1;
  public static final int NOTE = 4;
  public static final int GNU_EH_FRAME = 0x6474e550;

  public boolean isExecutable() {
    return (flags & 1) != 0;
  }

  boolean holdsOffset(long fileOffset) {
    return fileOffset >= offset && fileOffset - offset < fileBytes;
  }

  boolean holdsAddress(long virtualAddress) {
    return virtualAddress >= address && virtualAddress - address < fileBytes;
  }
}
