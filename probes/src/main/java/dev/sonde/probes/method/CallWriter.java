package dev.sonde.probes.method;

import java.util.Map;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes the call of one trampoline: its tag, then what its {@link Shape} hands over, taken from
 * locals; nothing that was on the stack is touched.
 */
final class CallWriter {
  private final MethodVisitor out;
  private final Map<Site, Integer> entryTimeLocals;
  private final Map<Site, Integer> slotLocals;
  private int extraStack;

  /**
   * @param entryTimeLocals which local holds the entry time of a timed site
   * @param slotLocals which local holds what the carrier's slot was at entry, of a slotted site
   */
  CallWriter(MethodVisitor out, Map<Site, Integer> entryTimeLocals, Map<Site, Integer> slotLocals) {
    this.out = out;
    this.entryTimeLocals = entryTimeLocals;
    this.slotLocals = slotLocals;
  }

  /** Returns how many slots of the stack the calls took at most. */
  int extraStack() {
    return extraStack;
  }

  /** Notes that Sonde's own insns take {@code slots} of the stack. */
  void needStack(int slots) {
    extraStack = Math.max(extraStack, slots);
  }

  /**
   * @param types of the arguments, the receiver first
   * @param locals where each of them is
   * @param noReceiver argument 0 is null: the object is not constructed yet, or lost
   * @param result the type of what is at {@code resultLocal}
   */
  void call(
      Site site, Type[] types, int[] locals, boolean noReceiver, Type result, int resultLocal) {
    Shape shape = site.shape();
    pushTag(site.tag());
    int pushed = 2;
    if (shape.timed()) {
      out.visitVarInsn(Opcodes.LLOAD, entryTimeLocals.get(site));
      pushed += 2;
    }
    if (shape.slotted()) {
      out.visitVarInsn(Opcodes.ALOAD, slotLocals.get(site));
      pushed += 1;
    }
    for (int i = 0; i < types.length; i++) {
      if (shape.has(i) && noReceiver && i == 0) {
        out.visitInsn(Opcodes.ACONST_NULL);
        pushed += 1;
      } else if (shape.has(i)) {
        pushed += push(types[i], locals[i]);
      }
    }
    if (shape.result() != 'V') {
      pushed += push(result, resultLocal);
    }
    out.visitMethodInsn(
        Opcodes.INVOKESTATIC, site.trampoline().internalName(), "fire", shape.descriptor(), false);
    needStack(pushed + 2);
  }

  /**
   * Pushes a tag, its epoch apart: a class's constant pool only grows from one retransformation to
   * the next, and would be full after some hundred attachments if each brought constants of its
   * own.
   */
  private void pushTag(long tag) {
    out.visitIntInsn(Opcodes.SIPUSH, (int) (tag >>> 32));
    out.visitInsn(Opcodes.I2L);
    out.visitIntInsn(Opcodes.BIPUSH, 32);
    out.visitInsn(Opcodes.LSHL);
    out.visitLdcInsn(tag & 0xffff_ffffL);
    out.visitInsn(Opcodes.LOR);
    needStack(4);
  }

  /** Pushes a local as a trampoline takes it: a reference as it is, all else as 64 bits. */
  private int push(Type type, int local) {
    out.visitVarInsn(type.getOpcode(Opcodes.ILOAD), local);
    switch (type.getSort()) {
      case Type.OBJECT, Type.ARRAY -> {
        return 1;
      }
      case Type.LONG -> {}
      case Type.FLOAT -> {
        rawBits("java/lang/Float", "floatToRawIntBits", "(F)I");
        out.visitInsn(Opcodes.I2L);
        out.visitLdcInsn(0xffff_ffffL); // a float's bits are the low 32, the rest is zero
        out.visitInsn(Opcodes.LAND);
      }
      case Type.DOUBLE -> rawBits("java/lang/Double", "doubleToRawLongBits", "(D)J");
      default -> out.visitInsn(Opcodes.I2L);
    }
    return type.getSort() == Type.FLOAT ? 4 : 2;
  }

  private void rawBits(String owner, String name, String descriptor) {
    out.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, descriptor, false);
  }
}
