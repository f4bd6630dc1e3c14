/**
 * Frame ids to names, late and cached. Used by the readers of stacks; knows no way to walk a stack.
 */
@NullMarked
package dev.sonde.exporters.symbol;

import org.jspecify.annotations.NullMarked;
