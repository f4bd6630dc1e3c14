package dev.sonde.verifier;

/**
 * The figures of the kernel's summary line.
 *
 * @param timeNanos of explorer and checker together
 * @param explorerNanos of the explorer alone
 */
public record VerifierStats(
    int processedInsns,
    int maxStatesPerInsn,
    int totalStates,
    int peakStates,
    long timeNanos,
    long explorerNanos,
    int stackDepthBytes) {}
