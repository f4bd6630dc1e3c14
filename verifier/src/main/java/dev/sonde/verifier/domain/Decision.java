package dev.sonde.verifier.domain;

/** What is known of a conditional jump before it is taken. */
public enum Decision {
  ALWAYS,
  NEVER,
  UNKNOWN
}
