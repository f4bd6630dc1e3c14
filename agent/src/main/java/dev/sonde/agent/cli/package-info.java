/**
 * The command line: one class a command. Used by users and scripts; does nothing itself that
 * another room can do.
 */
@NullMarked
package dev.sonde.agent.cli;

import org.jspecify.annotations.NullMarked;
