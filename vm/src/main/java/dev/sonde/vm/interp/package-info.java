/**
 * The interpreter: decodes a program once and runs it on raw memory. Used by whoever runs programs
 * without the JIT, as the oracle of every engine, and for the conformance suite; knows no verifier
 * and no probe.
 */
@NullMarked
package dev.sonde.vm.interp;

import org.jspecify.annotations.NullMarked;
