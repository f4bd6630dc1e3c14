/**
 * The shape of a program before any state: encoding, subprograms, control flow, live registers.
 * Used by explorer and checker; knows no register state.
 */
@NullMarked
package dev.sonde.verifier.cfg;

import org.jspecify.annotations.NullMarked;
