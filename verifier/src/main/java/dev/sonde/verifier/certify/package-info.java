/**
 * Proves a program safe from a certificate: states that are to hold at insns, whoever found them.
 * The only maker of facts that an engine may trust; knows no history, precision or liveness.
 */
@NullMarked
package dev.sonde.verifier.certify;

import org.jspecify.annotations.NullMarked;
