package dev.sonde.probes.elf;

import dev.sonde.vm.btf.ObjectBytes;

/**
 * A note of an ELF file.
 *
 * @param owner "GNU", "stapsdt", ...
 * @param type as the owner defines it
 * @param description what the note says
 */
public record ElfNote(String owner, int type, ObjectBytes description) {}
