/**
 * Stacks: where programs get frames from, and the names behind the ids. Used by probes as a {@code
 * StackSource} and by exporters as a {@code FrameTable}; knows neither.
 */
@NullMarked
package dev.sonde.probes.stack;

import org.jspecify.annotations.NullMarked;
