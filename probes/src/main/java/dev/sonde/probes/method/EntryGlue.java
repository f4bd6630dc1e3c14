package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** What the entry of a method calls for the probe of its exit. */
final class EntryGlue {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  /** The descriptor of what {@link #makeStart} returns. */
  static final String START = "()J";

  /** The descriptor of what {@link #makeSlots} returns. */
  static final String SLOTS = "()Ljava/lang/Object;";

  private EntryGlue() {}

  /** Returns a handle that says at a method's entry whether its exit is to be seen. */
  static MethodHandle makeStart(Probe probe) {
    try {
      MethodType type = MethodType.methodType(long.class);
      return LOOKUP.findVirtual(Probe.class, "start", type).bindTo(probe);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new IllegalStateException("glue of an entry: " + e, e);
    }
  }

  /**
   * Returns a handle that finds the carrier's slot when a method is entered. That is a chain of
   * loads which each wait for the one before; behind the clock read of the exit it would take 3 ns.
   */
  static MethodHandle makeSlots() {
    try {
      MethodType type = MethodType.methodType(CarrierSlot.class);
      return LOOKUP
          .findStatic(CarrierSlots.class, "current", type)
          .asType(MethodType.methodType(Object.class));
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new IllegalStateException("glue of an entry: " + e, e);
    }
  }
}
