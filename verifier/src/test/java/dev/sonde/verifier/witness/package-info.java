/**
 * Runs accepted programs with every access checked, and asserts that what the verifier recorded was
 * true. Knows the verifier's states; shares no code with the engines.
 */
@NullMarked
package dev.sonde.verifier.witness;

import org.jspecify.annotations.NullMarked;
