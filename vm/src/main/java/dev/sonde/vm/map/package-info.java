/**
 * Maps with the kernel's semantics, off-heap. Used by helpers and programs from above and by
 * exporters from outside; knows no program, engine or verifier.
 */
@NullMarked
package dev.sonde.vm.map;

import org.jspecify.annotations.NullMarked;
