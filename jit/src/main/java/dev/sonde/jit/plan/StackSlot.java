package dev.sonde.jit.plan;

/**
 * Bytes of the stack that are kept in a local. It is a register to the compiler: the first of its
 * function is the one behind eBPF's last, and so on.
 *
 * @param offsetBytes where it would be, below the frame's top: negative
 * @param accesses how many insns touch it
 */
public record StackSlot(int offsetBytes, int sizeBytes, int accesses) {}
