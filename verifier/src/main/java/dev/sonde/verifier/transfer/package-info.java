/**
 * The state of a program at one insn (registers, stack slots, frames) and what insns make of it.
 * Used by the requirements above it; decides nothing about safety.
 */
@NullMarked
package dev.sonde.verifier.transfer;

import org.jspecify.annotations.NullMarked;
