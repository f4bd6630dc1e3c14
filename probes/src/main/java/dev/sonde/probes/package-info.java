/**
 * Attaching: what can be traced, how a program gets there, and the link that undoes it. Used by
 * whoever opens a session; knows no engine, no verifier and no exporter.
 */
@NullMarked
package dev.sonde.probes;

import org.jspecify.annotations.NullMarked;
