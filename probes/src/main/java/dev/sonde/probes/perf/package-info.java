/**
 * Events of perf_event_open: opened for threads, processes or the system, written by the kernel
 * into one ring a CPU, read in order of time on a thread of ours. Used by everything whose events
 * arrive as records; knows no program.
 */
@NullMarked
package dev.sonde.probes.perf;

import org.jspecify.annotations.NullMarked;
