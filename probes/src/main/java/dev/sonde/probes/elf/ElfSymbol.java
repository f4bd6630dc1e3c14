package dev.sonde.probes.elf;

/**
 * A function of an ELF file.
 *
 * @param name as in the file: C++ names are mangled
 * @param address before relocation
 * @param sizeBytes 0 when the file does not say
 */
public record ElfSymbol(String name, long address, long sizeBytes) {}
