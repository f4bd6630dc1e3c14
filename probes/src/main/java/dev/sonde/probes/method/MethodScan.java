package dev.sonde.probes.method;

import java.util.BitSet;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/** Learns of a method's code what weaving must know before its first insn is rewritten. */
final class MethodScan extends MethodVisitor {
  private final BitSet storedLocals = new BitSet();
  private boolean hasCode;
  private int maxLocals;

  MethodScan() {
    super(Opcodes.ASM9);
  }

  boolean hasCode() {
    return hasCode;
  }

  int maxLocals() {
    return maxLocals;
  }

  /** Tells whether the code writes a local: a parameter's slot may hold anything after that. */
  boolean isStored(int local) {
    return storedLocals.get(local);
  }

  @Override
  public void visitCode() {
    hasCode = true;
  }

  @Override
  public void visitVarInsn(int opcode, int local) {
    if (opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE) {
      boolean wide = opcode == Opcodes.LSTORE || opcode == Opcodes.DSTORE;
      storedLocals.set(local, local + (wide ? 2 : 1));
      if (local > 0) {
        storedLocals.set(local - 1); // the upper half of a long that began one slot lower is gone
      }
    }
  }

  @Override
  public void visitIincInsn(int local, int increment) {
    storedLocals.set(local);
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    this.maxLocals = maxLocals;
  }
}
