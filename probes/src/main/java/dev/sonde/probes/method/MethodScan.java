package dev.sonde.probes.method;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import net.bytebuddy.jar.asm.AnnotationVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/** Learns of a method what weaving must know before its first insn is rewritten. */
class MethodScan extends EachInsn {
  private final BitSet lostLocals = new BitSet();
  private final Set<String> annotations;
  private final Set<Integer> lines = new HashSet<>();
  private final InnerSites inner;
  private final WovenMethod method;
  private final ArgumentFrames frames;
  private boolean holdsInner;
  private BitSet deadFrames = new BitSet();
  private int maxLocals;

  /** Which calls and allocations are to be traced, wherever they stand. */
  interface InnerSites {
    boolean isCall(String owner, String name, String descriptor);

    boolean isAllocation(String className);
  }

  /**
   * @param classAnnotations descriptors; the method's own are added
   */
  MethodScan(WovenMethod method, Set<String> classAnnotations, InnerSites inner) {
    super(null);
    this.method = method;
    this.frames = new ArgumentFrames(method);
    this.annotations = new HashSet<>(classAnnotations);
    this.inner = inner;
  }

  WovenMethod method() {
    return method;
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

  /**
   * Tells whether a local cannot be trusted to hold the parameter that it held at the entry: code
   * writes it, or a frame does not name it.
   */
  boolean isLost(int local) {
    return lostLocals.get(local);
  }

  /** Tells whether nothing reaches the code from a frame, counted from 0, up to the next. */
  boolean isDead(int frame) {
    return deadFrames.get(frame);
  }

  @Override
  void beforeInsn() {
    frames.insn();
  }

  @Override
  void leadsTo(Label target) {
    frames.leadsTo(target);
  }

  @Override
  void ends() {
    frames.end();
  }

  @Override
  public void visitLabel(Label label) {
    frames.label(label);
  }

  @Override
  public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
    frames.leadsTo(handler);
  }

  @Override
  public void visitFrame(int type, int numLocal, Object[] local, int numStack, Object[] stack) {
    frames.frame(type, numLocal, local);
  }

  @Override
  public @Nullable AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
    annotations.add(descriptor);
    return null;
  }

  @Override
  public void visitVarInsn(int opcode, int local) {
    super.visitVarInsn(opcode, local);
    if (opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE) {
      boolean wide = opcode == Opcodes.LSTORE || opcode == Opcodes.DSTORE;
      lostLocals.set(local, local + (wide ? 2 : 1));
      if (local > 0) {
        lostLocals.set(local - 1); // the upper half of a long that began one slot lower is gone
      }
    }
  }

  @Override
  public void visitIincInsn(int local, int increment) {
    super.visitIincInsn(local, increment);
    lostLocals.set(local);
  }

  @Override
  public void visitLineNumber(int line, Label start) {
    lines.add(line);
  }

  @Override
  public void visitMethodInsn(int op, String owner, String name, String desc, boolean itf) {
    super.visitMethodInsn(op, owner, name, desc, itf);
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
    super.visitInvokeDynamicInsn(name, descriptor, bootstrap, args);
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
    super.visitTypeInsn(opcode, type);
    holdsInner |=
        opcode == Opcodes.ANEWARRAY && inner.isAllocation(ArrayTypes.arrayOfReference(type));
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    super.visitIntInsn(opcode, operand);
    holdsInner |=
        opcode == Opcodes.NEWARRAY && inner.isAllocation(ArrayTypes.arrayOfPrimitive(operand));
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    super.visitMultiANewArrayInsn(descriptor, dimensions);
    holdsInner |= inner.isAllocation(ArrayTypes.named(descriptor));
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    this.maxLocals = maxLocals;
    this.deadFrames = frames.deadFrames();
    int[] locals = method.argumentLocals();
    frames.lostArguments().stream().forEach(lost -> lostLocals.set(locals[lost]));
  }
}
