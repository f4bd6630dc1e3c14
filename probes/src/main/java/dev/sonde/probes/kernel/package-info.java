/**
 * The kernel's own eBPF, through bpf(2): a recorder, loaded there, that writes a record of each
 * event into our rings, for all threads of a process at once and with fewer privileges than perf's
 * uprobes need. Used by whoever attaches programs; runs none of the user's.
 */
@NullMarked
package dev.sonde.probes.kernel;

import org.jspecify.annotations.NullMarked;
