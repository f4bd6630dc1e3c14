/**
 * Stacks as programs see them: arrays of 64-bit frame ids. Used by the stack helpers and the
 * stack-trace map; knows no way to walk a stack.
 */
@NullMarked
package dev.sonde.vm.stacktrace;

import org.jspecify.annotations.NullMarked;
