/** Whether the tests are good enough: they must fail on a verifier that was made wrong. */
@NullMarked
package dev.sonde.verifier.faults;

import org.jspecify.annotations.NullMarked;
