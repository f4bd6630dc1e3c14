/**
 * Probes in Java methods: the weaver, the trampolines in {@code java.lang}, and the glue between
 * them and programs. Used by sessions through {@code MethodAttacher}; knows no engine.
 */
@NullMarked
package dev.sonde.probes.method;

import org.jspecify.annotations.NullMarked;
