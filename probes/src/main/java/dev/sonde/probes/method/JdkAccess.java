package dev.sonde.probes.method;

import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;

/**
 * Opens the parts of java.base that Sonde stands on to Sonde's own module, without a flag on the
 * command line and without a warning: {@code jdk.internal.misc} for raw memory, {@code
 * jdk.internal.access} for the carrier thread, {@code jdk.internal.vm} for pinning a virtual
 * thread, {@code java.lang} for defining trampolines.
 *
 * <p>Call it before any class of {@code dev.sonde.vm} is initialized: those fail for good without
 * these packages. It loads none of them itself.
 */
public final class JdkAccess {
  private JdkAccess() {}

  /** Opens to the module of this class: the unnamed module of the loader that has the agent. */
  public static void open(Instrumentation instrumentation) {
    Set<Module> us = Set.of(JdkAccess.class.getModule());
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of("jdk.internal.misc", us, "jdk.internal.access", us, "jdk.internal.vm", us),
        Map.of("java.lang", us),
        Set.of(),
        Map.of());
  }
}
