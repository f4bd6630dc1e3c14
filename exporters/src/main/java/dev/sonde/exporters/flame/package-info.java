/** The flame graph page. Used by profile files; knows only stacks and weights. */
@NullMarked
package dev.sonde.exporters.flame;

import org.jspecify.annotations.NullMarked;
