/**
 * Proves that a program cannot harm the JVM, and what an engine may rely on. Used by the engines
 * and by whoever loads programs; knows no engine and no probe.
 */
@NullMarked
package dev.sonde.verifier;

import org.jspecify.annotations.NullMarked;
