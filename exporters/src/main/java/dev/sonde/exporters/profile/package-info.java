/** Weighted stacks and the file formats for them. Used by sinks; knows no map and no BTF. */
@NullMarked
package dev.sonde.exporters.profile;

import org.jspecify.annotations.NullMarked;
