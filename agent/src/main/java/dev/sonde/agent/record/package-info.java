/**
 * Profiles of another process: samples in, weighted stacks with names out. Used by the commands
 * {@code record} and {@code flame}; writes no files but what the JVM's flight recorder needs.
 */
@NullMarked
package dev.sonde.agent.record;

import org.jspecify.annotations.NullMarked;
