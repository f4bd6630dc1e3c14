/**
 * Programs: pure data before loading, bound to maps, ready to run. Used by the verifier and the
 * engines; knows neither.
 */
@NullMarked
package dev.sonde.vm.program;

import org.jspecify.annotations.NullMarked;
