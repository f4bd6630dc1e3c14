/**
 * Gathers, while the checker walks a program, what an engine may rely on: plain data, united over
 * all states. Used by the checker; knows scalars and insns, but no verifier state.
 */
@NullMarked
package dev.sonde.verifier.facts;

import org.jspecify.annotations.NullMarked;
