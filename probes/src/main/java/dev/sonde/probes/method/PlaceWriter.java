package dev.sonde.probes.method;

import java.util.List;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes the calls of trampolines around an insn that calls or allocates: what the insn takes from
 * the stack, or leaves there, is kept in locals that no frame knows.
 */
final class PlaceWriter {
  private final MethodVisitor out;
  private final OwnLocals own;
  private final CallWriter writer;

  PlaceWriter(MethodVisitor out, OwnLocals own, CallWriter writer) {
    this.out = out;
    this.own = own;
    this.writer = writer;
  }

  /** Calls {@code calls} with the arguments on the stack, which {@code callee} gets then. */
  void beforeCall(WovenMethod callee, List<Site> calls) {
    if (calls.isEmpty()) {
      return;
    }
    boolean wanted = calls.stream().anyMatch(site -> site.shape().arguments() != 0);
    Type[] types = callee.argumentTypes();
    int[] locals = new int[types.length];
    if (wanted) {
      spill(types, locals);
    }
    for (Site site : calls) {
      writer.call(site, types, locals, callee.isConstructor(), Type.VOID_TYPE, -1);
    }
    if (wanted) {
      unspill(types, locals);
    }
  }

  /**
   * Writes a constructor call of {@code new}, keeping the object in a local: the JVM knows it there
   * as constructed once the call has returned, whatever else becomes of it.
   */
  void construct(WovenMethod constructor, boolean itf, List<Site> sites) {
    Type[] types = constructor.argumentTypes();
    int[] locals = new int[types.length];
    spill(types, locals);
    unspill(types, locals);
    out.visitMethodInsn(
        Opcodes.INVOKESPECIAL, constructor.owner(), "<init>", constructor.descriptor(), itf);
    for (Site site : sites) {
      writer.call(site, new Type[0], locals, false, types[0], locals[0]);
    }
  }

  /** Calls {@code allocations} with the array on the stack's top. */
  void afterArray(List<Site> allocations) {
    if (!allocations.isEmpty()) {
      out.visitInsn(Opcodes.DUP);
      int array = own.spill(1);
      out.visitVarInsn(Opcodes.ASTORE, array);
      writer.needStack(1);
      Type type = Type.getType("[Ljava/lang/Object;");
      allocations.forEach(s -> writer.call(s, new Type[0], new int[0], false, type, array));
    }
  }

  /** Moves arguments from the stack to locals that no frame knows. */
  private void spill(Type[] types, int[] locals) {
    int slots = 0;
    for (Type type : types) {
      slots += type.getSize();
    }
    int local = own.spill(slots);
    for (int i = types.length - 1; i >= 0; i--) {
      locals[i] = local;
      out.visitVarInsn(types[i].getOpcode(Opcodes.ISTORE), local);
      local += types[i].getSize();
    }
  }

  private void unspill(Type[] types, int[] locals) {
    for (int i = 0; i < types.length; i++) {
      out.visitVarInsn(types[i].getOpcode(Opcodes.ILOAD), locals[i]);
    }
  }
}
