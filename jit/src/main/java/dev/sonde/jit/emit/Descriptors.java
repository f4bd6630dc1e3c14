package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FunctionPlan;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.RingAccess;
import net.bytebuddy.jar.asm.Type;

/** Descriptors of what the written code calls. */
final class Descriptors {
  static final String SLOT = Type.getDescriptor(CarrierSlot.class);
  static final String MAP = Type.getDescriptor(BpfMap.class);
  static final String RING = Type.getDescriptor(RingAccess.class);

  private Descriptors() {}

  /** A function takes the slot, its frame's address, then its arguments. */
  static String of(FunctionPlan function) {
    return "(" + SLOT + "J" + "J".repeat(Integer.bitCount(function.arguments())) + ")J";
  }

  /** The main function takes the slot, then context fields or the context. */
  static String ofMain(FunctionPlan main, ContextFields context) {
    String fields = context.descriptor();
    String given = context.isReplaced() ? fields : "J".repeat(Integer.bitCount(main.arguments()));
    return "(" + SLOT + given + ")J";
  }
}
