/**
 * Bytes to named values, by the object's BTF. Used by the readers of maps and rings; knows no sink.
 */
@NullMarked
package dev.sonde.exporters.decode;

import org.jspecify.annotations.NullMarked;
