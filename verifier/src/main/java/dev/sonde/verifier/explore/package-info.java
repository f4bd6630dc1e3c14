/**
 * Walks the paths of a program as the kernel does: pruning, precision, loops. Used by the verifier;
 * not trusted, what it keeps is proved again by the certificate checker.
 */
@NullMarked
package dev.sonde.verifier.explore;

import org.jspecify.annotations.NullMarked;
