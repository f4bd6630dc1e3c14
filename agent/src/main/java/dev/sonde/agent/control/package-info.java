/**
 * The channel between the command line and an agent in another JVM. Used by both ends; knows what a
 * session offers.
 */
@NullMarked
package dev.sonde.agent.control;

import org.jspecify.annotations.NullMarked;
