package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlots;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a virtual thread on its carrier while it runs a program: the slot is the carrier's.
 * Programs do not block, yet what they call in the JDK may meet a contended monitor, at which a
 * virtual thread unmounts since 24.
 */
final class Pinning {
  private static final @Nullable MethodHandle PIN = method("pin");
  private static final @Nullable MethodHandle UNPIN = method("unpin");

  private Pinning() {}

  /** Pins the running thread if it is virtual; then {@link #unpin} must follow. */
  static boolean pin() {
    if (PIN == null || !CarrierSlots.isVirtual()) {
      return false;
    }
    try {
      PIN.invokeExact();
      return true;
    } catch (Throwable notMounted) {
      return false; // the JDK's own steps of mounting, which cannot unmount
    }
  }

  static void unpin() {
    try {
      if (UNPIN != null) {
        UNPIN.invokeExact();
      }
    } catch (Throwable notPinned) {
      return;
    }
  }

  private static @Nullable MethodHandle method(String name) {
    if (!CarrierSlots.canMove()) {
      return null;
    }
    try {
      return MethodHandles.lookup()
          .findStatic(
              Class.forName("jdk.internal.vm.Continuation"),
              name,
              MethodType.methodType(void.class));
    } catch (ReflectiveOperationException | RuntimeException renamed) {
      throw new ExceptionInInitializerError(renamed); // without it virtual threads are not safe
    }
  }
}
