/**
 * What the verifier says: rejections and the text of the kernel-shaped log. Used by every other
 * package of the verifier; knows no state and no program.
 */
@NullMarked
package dev.sonde.verifier.log;

import org.jspecify.annotations.NullMarked;
