package dev.sonde.vm.program;

/**
 * Where an insn comes from (a line_info record of BTF.ext).
 *
 * @param insn index of the first slot that this line made
 * @param file the source file as the compiler was given it
 * @param text the source line, "" if the object does not carry it
 * @param line 1-based
 * @param column 1-based, 0: unknown
 */
public record LineInfo(int insn, String file, String text, int line, int column) {}
