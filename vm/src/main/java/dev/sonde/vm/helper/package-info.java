/**
 * Helpers and kfuncs, one row each, with their bodies. Used by the verifier (the rows), the engines
 * (the bodies) and the reference page; knows no program and no engine.
 */
@NullMarked
package dev.sonde.vm.helper;

import org.jspecify.annotations.NullMarked;
