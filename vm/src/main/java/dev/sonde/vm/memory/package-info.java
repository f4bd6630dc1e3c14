/**
 * Memory outside the Java heap, by address. Used by maps, helpers and engines; knows nothing of
 * what the bytes mean.
 */
@NullMarked
package dev.sonde.vm.memory;

import org.jspecify.annotations.NullMarked;
