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

  /** The descriptor of what {@link #makeCarriers} returns. */
  static final String CARRIERS = "()J";

  /** The descriptor of what {@link #makeSlots} returns. */
  static final String SLOTS = "(J)Ljava/lang/Object;";

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
   * Returns a handle that says which carrier enters the method. To find its slot takes a chain of
   * loads which each wait for the one before, and a clock read waits for all that comes before it:
   * the chain costs nothing if a part of it is done before the entry's clock read and the rest in
   * the time that the read takes. Behind that of the exit it would take 3 ns.
   */
  static MethodHandle makeCarriers() {
    return find("carrierIdNow", MethodType.methodType(long.class));
  }

  /** Returns a handle that finds the slot of the carrier that {@link #makeCarriers} has named. */
  static MethodHandle makeSlots() {
    return find("known", MethodType.methodType(CarrierSlot.class, long.class))
        .asType(MethodType.methodType(Object.class, long.class));
  }

  private static MethodHandle find(String name, MethodType type) {
    try {
      return LOOKUP.findStatic(CarrierSlots.class, name, type);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new IllegalStateException("glue of an entry: " + e, e);
    }
  }
}
