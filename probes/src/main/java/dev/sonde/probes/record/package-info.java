/**
 * Programs on records: native targets opened as kernel events, and each record shown to a program
 * as the event that it tells of. Used by whoever opens a session; the kernel is reached through the
 * rooms below.
 */
@NullMarked
package dev.sonde.probes.record;

import org.jspecify.annotations.NullMarked;
