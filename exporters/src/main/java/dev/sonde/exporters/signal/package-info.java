/**
 * What leaves the process: metrics, event records, profiles, and the port that sinks implement.
 * Knows neither where a signal comes from nor where it goes.
 */
@NullMarked
package dev.sonde.exporters.signal;

import org.jspecify.annotations.NullMarked;
