/**
 * What the verifier knows of a number: bits, ranges, how every insn changes them and what every
 * jump teaches. Used by explorer and checker; knows no insn stream, state or program.
 */
@NullMarked
package dev.sonde.verifier.domain;

import org.jspecify.annotations.NullMarked;
