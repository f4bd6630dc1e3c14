/**
 * What stands in the agent's jar where libraries name java.util.logging: the build rewrites their
 * references, since touching the real one early would fix the application's logging before it is
 * set up. Used by no code of ours.
 */
@NullMarked
package dev.sonde.agent.quiet;

import org.jspecify.annotations.NullMarked;
