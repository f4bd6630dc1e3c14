/**
 * Events of JDK Flight Recorder as places to attach to: their layout as a C struct, and the stream
 * that feeds programs. Used by whoever opens a session; knows no woven method and no kernel.
 */
@NullMarked
package dev.sonde.probes.jfr;

import org.jspecify.annotations.NullMarked;
