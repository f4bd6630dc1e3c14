package dev.sonde.verifier.domain;

/** Both operands of a comparison, as they are after it went one way. */
public record Refined(Scalar dst, Scalar src) {}
