/**
 * The instruction set of RFC 9669: insns, their codes, assembler and disassembler. Used by everyone
 * above; knows no map, helper or program.
 */
@NullMarked
package dev.sonde.vm.isa;

import org.jspecify.annotations.NullMarked;
