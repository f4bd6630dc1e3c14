package dev.sonde.vm.elf;

/**
 * A symbol of an ELF file.
 *
 * @param hidden whether its visibility is hidden or internal: a function is static then
 * @param section index of its section; {@link #UNDEFINED} for an extern
 * @param value its offset in that section, in bytes
 * @param sizeBytes 0: unknown
 */
record ElfSymbol(
    int index,
    String name,
    int type,
    int binding,
    boolean hidden,
    int section,
    long value,
    long sizeBytes) {
  static final int UNDEFINED = 0;

  /** What compilers before LLVM 7 call every function, label and variable. */
  static final int NOTYPE = 0;

  static final int OBJECT = 1;
  static final int FUNC = 2;
  static final int SECTION = 3;
  private static final int LOCAL = 0;
  private static final int WEAK = 2;

  boolean isExtern() {
    return section == UNDEFINED;
  }

  /** Tells whether it is a variable, or may be one: see {@link #NOTYPE}. */
  boolean isVariable() {
    return type == OBJECT || type == NOTYPE && !isLocal();
  }

  boolean isLocal() {
    return binding == LOCAL;
  }

  boolean isWeak() {
    return binding == WEAK;
  }
}
