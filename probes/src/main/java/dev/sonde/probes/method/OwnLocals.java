package dev.sonde.probes.method;

import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * The locals that Sonde has in a method, behind the method's own: first those that live from entry
 * to exit, which every frame names, then the spilled ones, which live between two insns.
 */
final class OwnLocals {
  private final int first;
  private final List<Object> types = new ArrayList<>(); // as frames name them
  private int next;
  private int spillSlots;

  /**
   * @param maxLocals how many slots the method has itself
   */
  OwnLocals(int maxLocals) {
    this.first = maxLocals;
    this.next = maxLocals;
  }

  /** Returns a new local that lives until the method ends. */
  int add(Object frameType, int slots) {
    int local = next;
    next += slots;
    types.add(frameType);
    return local;
  }

  /** Returns the first of {@code slots} locals that no frame names. */
  int spill(int slots) {
    spillSlots = Math.max(spillSlots, slots);
    return next;
  }

  /** Returns how many slots the method has with them. */
  int max(int maxLocals) {
    return Math.max(maxLocals, next + spillSlots);
  }

  /** Adds them to a frame of the method's own locals. */
  List<Object> in(List<Object> frame) {
    if (types.isEmpty()) {
      return frame;
    }
    int slots = 0;
    for (Object type : frame) {
      slots += type == Opcodes.LONG || type == Opcodes.DOUBLE ? 2 : 1;
    }
    for (; slots < first; slots++) {
      frame.add(Opcodes.TOP);
    }
    frame.addAll(types);
    return frame;
  }

  static Object frameType(Type type) {
    return switch (type.getSort()) {
      case Type.LONG -> Opcodes.LONG;
      case Type.DOUBLE -> Opcodes.DOUBLE;
      case Type.FLOAT -> Opcodes.FLOAT;
      case Type.OBJECT, Type.ARRAY -> type.getInternalName();
      default -> Opcodes.INTEGER;
    };
  }
}
