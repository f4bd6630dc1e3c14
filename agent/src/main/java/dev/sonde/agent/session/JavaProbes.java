package dev.sonde.agent.session;

import dev.sonde.probes.Attacher;
import dev.sonde.vm.stacktrace.FrameTable;

/**
 * What a session needs of the probes of this JVM.
 *
 * @param frames names the Java frames of the stacks that they take
 */
public record JavaProbes(Attacher attacher, FrameTable frames) {}
