/**
 * Writes the class of a plan, and holds what the written code calls. Used by {@code JitCompiler};
 * decides nothing that {@code jit.plan} could have decided.
 */
@NullMarked
package dev.sonde.jit.emit;

import org.jspecify.annotations.NullMarked;
