/**
 * The byte layout of BPF_MAP_TYPE_RINGBUF: one producer, one reader, any memory. Used by the ring
 * maps of the machine, by exporters and by readers of kernel rings; knows no map, program or
 * syscall.
 */
@NullMarked
package dev.sonde.ringbuf;

import org.jspecify.annotations.NullMarked;
