/**
 * What another process's HotSpot JVM knows about its code: the code cache, compiled methods with
 * what was inlined into them, names and lines; read from its memory by the tables that it exports
 * for debuggers. Used by the mixed unwinder; asks nothing of the JVM itself.
 */
@NullMarked
package dev.sonde.probes.hotspot;

import org.jspecify.annotations.NullMarked;
