package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.bridge.Trampoline;

/**
 * One probe at one method: what the weaver puts into the code.
 *
 * @param kind at which moment
 * @param shape what is handed over
 * @param trampoline whom to
 * @param idAndCount the method's number and how many arguments it has
 */
record Site(MethodTarget.Kind kind, Shape shape, Trampoline trampoline, int idAndCount) {}
