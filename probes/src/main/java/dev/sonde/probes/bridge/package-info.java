/**
 * The few classes of Sonde that live in {@code java.lang}, where woven code of any loader and any
 * module sees them. Used by the method probes; knows no program.
 */
@NullMarked
package dev.sonde.probes.bridge;

import org.jspecify.annotations.NullMarked;
