/**
 * The one door to the Linux kernel: system calls by number, their structs and their errors. Used by
 * the probes that stand on kernel events; knows no program, no record and no target.
 */
@NullMarked
package dev.sonde.probes.linux;

import org.jspecify.annotations.NullMarked;
