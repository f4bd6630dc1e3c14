package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/** Passes a method's code on, saying of each insn that it comes, and of some where they lead. */
abstract class EachInsn extends MethodVisitor {

  EachInsn(@Nullable MethodVisitor next) {
    super(Opcodes.ASM9, next);
  }

  /** Comes before each insn, behind the labels, the frame and the line that belong to it. */
  abstract void beforeInsn();

  /** Comes behind an insn that may go on at {@code target}. */
  abstract void leadsTo(Label target);

  /** Comes behind an insn that never goes on with the next. */
  abstract void ends();

  @Override
  public void visitInsn(int opcode) {
    beforeInsn();
    super.visitInsn(opcode);
    if (opcode == Opcodes.ATHROW || opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
      ends();
    }
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    beforeInsn();
    super.visitIntInsn(opcode, operand);
  }

  @Override
  public void visitVarInsn(int opcode, int local) {
    beforeInsn();
    super.visitVarInsn(opcode, local);
    if (opcode == Opcodes.RET) {
      ends();
    }
  }

  @Override
  public void visitTypeInsn(int opcode, String type) {
    beforeInsn();
    super.visitTypeInsn(opcode, type);
  }

  @Override
  public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
    beforeInsn();
    super.visitFieldInsn(opcode, owner, name, descriptor);
  }

  @Override
  public void visitMethodInsn(int op, String owner, String name, String desc, boolean itf) {
    beforeInsn();
    super.visitMethodInsn(op, owner, name, desc, itf);
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, Handle bootstrap, Object... args) {
    beforeInsn();
    super.visitInvokeDynamicInsn(name, descriptor, bootstrap, args);
  }

  @Override
  public void visitJumpInsn(int opcode, Label label) {
    beforeInsn();
    super.visitJumpInsn(opcode, label);
    leadsTo(label);
    if (opcode == Opcodes.GOTO) {
      ends();
    }
  }

  @Override
  public void visitLdcInsn(Object value) {
    beforeInsn();
    super.visitLdcInsn(value);
  }

  @Override
  public void visitIincInsn(int local, int increment) {
    beforeInsn();
    super.visitIincInsn(local, increment);
  }

  @Override
  public void visitTableSwitchInsn(int min, int max, Label dflt, Label... labels) {
    beforeInsn();
    super.visitTableSwitchInsn(min, max, dflt, labels);
    leadsTo(dflt, labels);
  }

  @Override
  public void visitLookupSwitchInsn(Label dflt, int[] keys, Label[] labels) {
    beforeInsn();
    super.visitLookupSwitchInsn(dflt, keys, labels);
    leadsTo(dflt, labels);
  }

  private void leadsTo(Label dflt, Label[] labels) {
    leadsTo(dflt);
    for (Label label : labels) {
      leadsTo(label);
    }
    ends();
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    beforeInsn();
    super.visitMultiANewArrayInsn(descriptor, dimensions);
  }
}
