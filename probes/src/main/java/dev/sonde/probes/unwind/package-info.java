/**
 * Native frames: registers and a copy of the stack, walked by the rules of {@code .eh_frame}. Used
 * by the mixed unwinder; knows nothing of Java. What it reads of a process is always a checked
 * copy.
 */
@NullMarked
package dev.sonde.probes.unwind;

import org.jspecify.annotations.NullMarked;
