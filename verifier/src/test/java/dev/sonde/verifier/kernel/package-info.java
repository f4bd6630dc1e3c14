/** The running kernel as a second opinion, through bpf(2). */
@NullMarked
package dev.sonde.verifier.kernel;

import org.jspecify.annotations.NullMarked;
