package dev.sonde.verifier.transfer;

/**
 * Something acquired that must be released (V-140).
 *
 * @param id what its registers carry as refId
 * @param insn where it was acquired
 */
public record Reference(int id, int insn) {}
