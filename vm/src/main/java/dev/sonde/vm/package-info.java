/**
 * Live collections: an object file's maps created, its variables set, its programs bound to both.
 * Used by whoever opens a session; knows no verifier, engine or probe.
 */
@NullMarked
package dev.sonde.vm;

import org.jspecify.annotations.NullMarked;
