/**
 * From a target's name to what the kernel is to be asked for: binaries, their symbols and static
 * probes, kernel functions, tracepoints and their formats. Used by whoever attaches programs; opens
 * no event itself.
 */
@NullMarked
package dev.sonde.probes.uprobe;

import org.jspecify.annotations.NullMarked;
