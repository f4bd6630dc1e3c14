/**
 * Both engines against the running kernel: the same programs, the same inputs, the same outcome.
 * Stands here because only this module sees the verifier, both engines and the system call door.
 */
@org.jspecify.annotations.NullMarked
package dev.sonde.agent.kernel;
