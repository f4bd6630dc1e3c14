package dev.sonde.vm.interp;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapTable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;

/** Turns the body of a helper into one shape: {@code (CarrierSlot, r1, r2, r3, r4, r5) -> r0}. */
final class HelperHandles {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final MethodHandle MAP_OF = mapOf();

  private HelperHandles() {}

  /** Returns the handle of {@code helper}, which has a body. */
  static MethodHandle of(HelperProto helper) {
    Method body = helper.body();
    if (body == null) {
      throw new IllegalArgumentException(helper.name() + ": the engine's own, it has no body");
    }
    try {
      return uniform(LOOKUP.unreflect(body));
    } catch (IllegalAccessException hidden) {
      throw new IllegalArgumentException(helper.name() + ": its body must be public", hidden);
    }
  }

  private static MethodHandle uniform(MethodHandle body) {
    MethodHandle handle = body;
    if (handle.type().parameterCount() == 0
        || handle.type().parameterType(0) != CarrierSlot.class) {
      handle = MethodHandles.dropArguments(handle, 0, CarrierSlot.class);
    }
    for (int i = 1; i < handle.type().parameterCount(); i++) {
      if (handle.type().parameterType(i) == BpfMap.class) {
        handle = MethodHandles.filterArguments(handle, i, MAP_OF);
      }
    }
    while (handle.type().parameterCount() < 6) {
      handle = MethodHandles.dropArguments(handle, handle.type().parameterCount(), long.class);
    }
    if (handle.type().returnType() == void.class) {
      handle = MethodHandles.filterReturnValue(handle, MethodHandles.constant(long.class, 0L));
    }
    return handle;
  }

  private static MethodHandle mapOf() {
    try {
      return LOOKUP.findStatic(
          MapTable.class, "get", MethodType.methodType(BpfMap.class, long.class));
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }
}
