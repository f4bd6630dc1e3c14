/**
 * The byte layout of a perf_event_open ring: one parser, one writer. Used by native probes for the
 * kernel's rings and by the perf-event-array map for the JVM's lanes; knows neither syscalls nor
 * maps.
 */
@NullMarked
package dev.sonde.perfbuffer;

import org.jspecify.annotations.NullMarked;
