package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.bridge.Trampoline;

/**
 * One probe at one method: what the weaver puts into the code.
 *
 * @param kind at which moment
 * @param shape what is handed over
 * @param trampoline whom to
 * @param tag see {@link Shape#tag}
 */
record Site(MethodTarget.Kind kind, Shape shape, Trampoline trampoline, long tag) {}
