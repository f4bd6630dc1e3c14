package dev.sonde.vm.elf;

import dev.sonde.vm.btf.ObjectBytes;

/**
 * A section of an ELF file.
 *
 * @param index its number, which symbols refer to
 * @param type SHT_*
 * @param flags SHF_* bits
 * @param sizeBytes in memory; a NOBITS section has no bytes in the file
 * @param info for a relocation section the index of the section that it relocates
 * @param bytes its content, empty for NOBITS
 */
record ElfSection(
    int index,
    String name,
    int type,
    long flags,
    long sizeBytes,
    int link,
    int info,
    long entryBytes,
    ObjectBytes bytes) {
  static final int PROGBITS = 1;
  static final int SYMTAB = 2;
  static final int RELA = 4;
  static final int NOBITS = 8;
  static final int REL = 9;
  static final long EXECINSTR = 4;

  boolean isCode() {
    return type == PROGBITS && (flags & EXECINSTR) != 0 && sizeBytes > 0;
  }

  /** Tells whether this section's variables make a map: .data, .rodata, .bss and their kind. */
  boolean isData() {
    return (type == PROGBITS || type == NOBITS) && (isReadOnlyData() || isWritableData());
  }

  boolean isReadOnlyData() {
    return isOrUnder(".rodata");
  }

  private boolean isWritableData() {
    return isOrUnder(".data") || isOrUnder(".bss");
  }

  private boolean isOrUnder(String prefix) {
    return name.equals(prefix) || name.startsWith(prefix + ".");
  }
}
