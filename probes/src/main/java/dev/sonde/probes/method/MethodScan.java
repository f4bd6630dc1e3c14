package dev.sonde.probes.method;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import net.bytebuddy.jar.asm.AnnotationVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/** Learns of a method what weaving must know before its first insn is rewritten. */
class MethodScan extends MethodVisitor {
  private final BitSet storedLocals = new BitSet();
  private final Set<String> annotations;
  private final Set<Integer> lines = new HashSet<>();
  private final InnerSites inner;
  private boolean holdsInner;
  private int maxLocals;

  /** Which calls and allocations are to be traced, wherever they stand. */
  interface InnerSites {
    boolean isCall(String owner, String name, String descriptor);

    boolean isAllocation(String className);
  }

  /**
   * @param classAnnotations descriptors; the method's own are added
   */
  MethodScan(Set<String> classAnnotations, InnerSites inner) {
    super(Opcodes.ASM9);
    this.annotations = new HashSet<>(classAnnotations);
    this.inner = inner;
  }

  Set<String> annotations() {
    return annotations;
  }

  boolean hasLine(int line) {
    return lines.contains(line);
  }

  boolean holdsInner() {
    return holdsInner;
  }

  int maxLocals() {
    return maxLocals;
  }

  /** Tells whether the code writes a local: a parameter's slot may hold anything after that. */
  boolean isStored(int local) {
    return storedLocals.get(local);
  }

  @Override
  public @Nullable AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
    annotations.add(descriptor);
    return null;
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
  public void visitLineNumber(int line, Label start) {
    lines.add(line);
  }

  @Override
  public void visitMethodInsn(int op, String owner, String name, String desc, boolean itf) {
    boolean made =
        op == Opcodes.INVOKESPECIAL
            && name.equals("<init>")
            && inner.isAllocation(owner.replace('/', '.'));
    holdsInner |= made || inner.isCall(owner, name, desc);
  }

  /** An invokedynamic insn is a call of the method that links it, with the site's arguments. */
  static WovenMethod linkedBy(Handle bootstrap, String descriptor) {
    return new WovenMethod(
        bootstrap.getOwner(), Opcodes.ACC_STATIC, bootstrap.getName(), descriptor);
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, Handle bootstrap, Object... args) {
    holdsInner |= inner.isCall(bootstrap.getOwner(), bootstrap.getName(), descriptor);
    if (bootstrap.getOwner().equals("java/lang/invoke/LambdaMetafactory")) {
      for (Object arg : args) {
        if (arg instanceof Handle code) {
          reference(code);
        }
      }
    }
  }

  /** Comes for what a lambda runs: a method that is referred to, or one that javac made. */
  void reference(Handle code) {}

  @Override
  public void visitTypeInsn(int opcode, String type) {
    holdsInner |=
        opcode == Opcodes.ANEWARRAY && inner.isAllocation(ArrayTypes.arrayOfReference(type));
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    holdsInner |=
        opcode == Opcodes.NEWARRAY && inner.isAllocation(ArrayTypes.arrayOfPrimitive(operand));
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    holdsInner |= inner.isAllocation(ArrayTypes.named(descriptor));
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    this.maxLocals = maxLocals;
  }
}
