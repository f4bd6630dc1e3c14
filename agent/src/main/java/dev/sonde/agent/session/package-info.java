/**
 * Sessions: objects loaded, verified, compiled and attached, their answers exported, all undone in
 * reverse. Used by the runtime and the control channel; knows no command line.
 */
@NullMarked
package dev.sonde.agent.session;

import org.jspecify.annotations.NullMarked;
