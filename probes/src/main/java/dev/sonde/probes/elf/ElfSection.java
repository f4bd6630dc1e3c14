package dev.sonde.probes.elf;

/**
 * A section header.
 *
 * @param name as the section name table spells it
 * @param type SYMTAB is 2, NOTE 7, NOBITS 8, DYNSYM 11
 * @param address 0 when it is not in memory
 * @param offset of its first byte in the file
 * @param sizeBytes in the file; for NOBITS, in memory
 * @param link index of the section that this one refers to: a symbol table's strings
 */
public record ElfSection(
    String name, int type, long address, long offset, long sizeBytes, int link) {
  static final int SYMTAB = 2;
  static final int NOBITS = 8;
  static final int DYNSYM = 11;
}
