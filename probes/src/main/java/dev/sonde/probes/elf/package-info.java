/**
 * Native ELF64 files of processes: segments, symbols, notes, build ids, and C++ names. Used by
 * whatever turns an address into a name or a name into an address; knows no process.
 */
@NullMarked
package dev.sonde.probes.elf;

import org.jspecify.annotations.NullMarked;
