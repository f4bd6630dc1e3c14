/**
 * Benchmarks: each a main class that prints ns per operation as the minimum over many batches, so
 * that a loaded machine can still be measured. Used by people; knows everything.
 */
@NullMarked
package dev.sonde.bench;

import org.jspecify.annotations.NullMarked;
