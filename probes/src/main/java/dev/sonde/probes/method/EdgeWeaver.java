package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget.Kind;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes calls of trampolines before the first insn of a method and before its returns, and passes
 * all else on as it comes. Where nothing is handed over, {@link TagWeaver} is faster. At returns it
 * has nothing to show, neither arguments nor result nor time, so that no local is needed and no
 * frame changes. A constructor's receiver is null at the entry.
 */
final class EdgeWeaver extends MethodVisitor {
  private final WovenMethod method;
  private final List<Site> sites;
  private final boolean returns;
  private final CallWriter writer;

  EdgeWeaver(MethodVisitor next, WovenMethod method, List<Site> sites) {
    super(Opcodes.ASM9, next);
    this.method = method;
    this.sites = sites;
    this.returns = sites.stream().anyMatch(site -> site.kind() == Kind.RETURN);
    this.writer = new CallWriter(next, Map.of(), Map.of());
  }

  /** Tells whether this is all that a place of the binding asks for. */
  static boolean suffices(Binding binding) {
    Inputs inputs = binding.probe().inputs();
    boolean nothing = inputs.arguments() == 0 && !inputs.result() && !inputs.entryTime();
    Kind kind = binding.target().kind();
    return kind == Kind.ENTRY || kind == Kind.RETURN && nothing;
  }

  /** As {@link #suffices(Binding)}, of a place: its program may have been replaced meanwhile. */
  static boolean suffices(Site site) {
    Shape shape = site.shape();
    boolean nothing = shape.arguments() == 0 && shape.result() == 'V' && !shape.timed();
    return site.kind() == Kind.ENTRY || site.kind() == Kind.RETURN && nothing;
  }

  @Override
  public void visitCode() {
    super.visitCode();
    call(Kind.ENTRY);
  }

  @Override
  public void visitInsn(int opcode) {
    if (returns && opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
      call(Kind.RETURN);
    }
    super.visitInsn(opcode);
  }

  private void call(Kind kind) {
    for (Site site : sites) {
      if (site.kind() == kind) {
        writer.call(
            site,
            method.argumentTypes(),
            method.argumentLocals(),
            method.isConstructor(),
            Type.VOID_TYPE,
            -1);
      }
    }
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    super.visitMaxs(maxStack + writer.extraStack(), maxLocals);
  }
}
