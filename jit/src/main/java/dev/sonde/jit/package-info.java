/**
 * Compiles proved programs to JVM bytecode. Used by the agent and the command line; knows the
 * verifier's proof and the vm, no probe.
 */
@NullMarked
package dev.sonde.jit;

import org.jspecify.annotations.NullMarked;
