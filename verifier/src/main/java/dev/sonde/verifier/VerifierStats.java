package dev.sonde.verifier;

/** The figures of the kernel's summary line. */
public record VerifierStats(
    int processedInsns,
    int maxStatesPerInsn,
    int totalStates,
    int peakStates,
    long timeNanos,
    int stackDepthBytes) {}
