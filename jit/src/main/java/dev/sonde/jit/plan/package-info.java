/**
 * What is decided about a program before a byte is written: functions, blocks, live ranges, types,
 * loops. Used by {@code jit.emit}; knows no bytecode.
 */
@NullMarked
package dev.sonde.jit.plan;

import org.jspecify.annotations.NullMarked;
