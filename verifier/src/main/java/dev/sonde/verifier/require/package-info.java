/**
 * What each insn requires of the state before it, and the step that checks it and goes on. Used by
 * explorer and checker alike; knows no path, pruning or precision.
 */
@NullMarked
package dev.sonde.verifier.require;

import org.jspecify.annotations.NullMarked;
