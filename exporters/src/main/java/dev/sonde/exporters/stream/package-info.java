/**
 * The readers: maps, rings and stack maps to signals. Used by the pipeline; knows no sink by name.
 */
@NullMarked
package dev.sonde.exporters.stream;

import org.jspecify.annotations.NullMarked;
