/**
 * Samples of a whole process from perf events: which to open, on which threads and CPUs, with how
 * much permission. Used by profiles; knows neither frames nor names.
 */
@NullMarked
package dev.sonde.probes.sample;

import org.jspecify.annotations.NullMarked;
