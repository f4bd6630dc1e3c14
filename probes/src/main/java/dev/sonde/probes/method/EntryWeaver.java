package dev.sonde.probes.method;

import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Writes calls of trampolines before the first insn of a method and passes all else on as it comes:
 * what there is to do where thousands of classes are counted. A constructor's receiver is null
 * there.
 */
final class EntryWeaver extends MethodVisitor {
  private final WovenMethod method;
  private final List<Site> entries;
  private final CallWriter writer;

  EntryWeaver(MethodVisitor next, WovenMethod method, List<Site> entries) {
    super(Opcodes.ASM9, next);
    this.method = method;
    this.entries = entries;
    this.writer = new CallWriter(next, Map.of(), Map.of());
  }

  @Override
  public void visitCode() {
    super.visitCode();
    for (Site site : entries) {
      writer.call(
          site,
          method.argumentTypes(),
          method.argumentLocals(),
          method.isConstructor(),
          method.returnType(),
          -1);
    }
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    super.visitMaxs(maxStack + writer.extraStack(), maxLocals);
  }
}
