/**
 * The composition root: what the JVM starts, and what ties all rooms together. Nobody uses it; it
 * may know everyone.
 */
@NullMarked
package dev.sonde.agent;

import org.jspecify.annotations.NullMarked;
