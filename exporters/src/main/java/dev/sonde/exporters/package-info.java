/**
 * Where answers go: one pipeline per session, from maps and rings to files and the network. Used by
 * the agent; knows no program, verifier or probe.
 */
@NullMarked
package dev.sonde.exporters;

import org.jspecify.annotations.NullMarked;
