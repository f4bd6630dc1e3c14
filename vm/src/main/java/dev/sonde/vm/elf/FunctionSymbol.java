package dev.sonde.vm.elf;

/**
 * A function of an object file.
 *
 * @param section index of its section
 * @param firstInsn where it begins in its section, in slots
 * @param insnCount its length in slots, at least 1
 * @param hidden whether it is static to libbpf, whatever BTF says
 */
record FunctionSymbol(
    String name, int section, int firstInsn, int insnCount, boolean local, boolean hidden) {
  boolean contains(int insn) {
    return insn >= firstInsn && insn < firstInsn + insnCount;
  }
}
