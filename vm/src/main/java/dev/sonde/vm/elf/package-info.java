/**
 * Object files of clang's BPF target. Used by whoever loads programs; makes pure data and knows no
 * live map or program.
 */
@NullMarked
package dev.sonde.vm.elf;

import org.jspecify.annotations.NullMarked;
