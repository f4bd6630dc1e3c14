/**
 * Programs that run at an interval. Used by whoever opens a session; knows no event but the clock.
 */
@NullMarked
package dev.sonde.probes.timer;

import org.jspecify.annotations.NullMarked;
