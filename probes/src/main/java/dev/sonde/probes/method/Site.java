package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.bridge.Trampoline;
import org.jspecify.annotations.Nullable;

/**
 * One probe at one place: what the weaver puts into the code.
 *
 * @param target what was asked for
 * @param shape what is handed over
 * @param trampoline whom to
 * @param start decides at entry whether the exit is to be seen and returns the time if so, else 0;
 *     null where every exit is
 * @param carriers names the carrier at entry, for a shape that is slotted, else null
 * @param slots returns that carrier's slot, for a shape that is slotted, else null
 * @param tag see {@link Shape#tag}
 */
record Site(
    MethodTarget target,
    Shape shape,
    Trampoline trampoline,
    @Nullable Trampoline start,
    @Nullable Trampoline carriers,
    @Nullable Trampoline slots,
    long tag) {

  MethodTarget.Kind kind() {
    return target.kind();
  }
}
