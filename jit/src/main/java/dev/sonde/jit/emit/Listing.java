package dev.sonde.jit.emit;

import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Disassembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.LineInfo;
import dev.sonde.vm.program.ProgramSpec;
import java.util.HashMap;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * A class as text, while it is written: the bytecode of each eBPF insn stands under the insn, and
 * that under its line of C.
 */
final class Listing extends ClassVisitor {
  private static final int API = Opcodes.ASM9;

  private final ProgramSpec spec;
  private final StringBuilder text = new StringBuilder();

  Listing(ClassWriter writer, ProgramSpec spec) {
    super(API, writer);
    this.spec = spec;
  }

  String text() {
    return text.toString();
  }

  @Override
  public MethodVisitor visitMethod(
      int access, String name, String descriptor, String signature, String[] exceptions) {
    text.append('\n').append(name).append(descriptor).append(":\n");
    return new MethodListing(super.visitMethod(access, name, descriptor, signature, exceptions));
  }

  /** Prints each instruction as it passes. */
  final class MethodListing extends MethodVisitor {
    private final Map<Label, Integer> labels = new HashMap<>();
    private Map<Integer, String> names = Map.of();

    MethodListing(MethodVisitor next) {
      super(API, next);
    }

    /** Says what locals hold. */
    void nameLocals(Map<Integer, String> locals) {
      names = locals;
    }

    /** The bytecode of the insn at {@code index} begins. */
    void beginInsn(int index) {
      for (LineInfo line : spec.lines()) {
        if (line.insn() == index) {
          text.append("; %s @ %s:%d%n".formatted(line.text().strip(), line.file(), line.line()));
        }
      }
      Insn insn = spec.insns().get(index);
      String words = Disassembler.text(spec.insns(), index, Helpers.callNames(spec.kfuncNames()));
      text.append("%4d: (%02x) %s%n".formatted(index, insn.opcode(), words));
    }

    private void print(int opcode, Object... operands) {
      text.append("            ").append(Mnemonics.of(opcode));
      for (Object operand : operands) {
        text.append(' ').append(operand);
      }
      text.append('\n');
    }

    private String name(Label label) {
      return "L" + labels.computeIfAbsent(label, l -> labels.size());
    }

    private String local(int index) {
      return names.getOrDefault(index, "local" + index);
    }

    @Override
    public void visitInsn(int opcode) {
      super.visitInsn(opcode);
      print(opcode);
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      super.visitIntInsn(opcode, operand);
      print(opcode, operand);
    }

    @Override
    public void visitVarInsn(int opcode, int index) {
      super.visitVarInsn(opcode, index);
      print(opcode, local(index));
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      super.visitTypeInsn(opcode, type);
      print(opcode, type);
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      super.visitFieldInsn(opcode, owner, name, descriptor);
      print(opcode, name);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
      print(opcode, owner.substring(owner.lastIndexOf('/') + 1) + "." + name + descriptor);
    }

    @Override
    public void visitJumpInsn(int opcode, Label label) {
      super.visitJumpInsn(opcode, label);
      print(opcode, name(label));
    }

    /** A place that something jumps to. */
    void target(Label label) {
      text.append("    ").append(name(label)).append(":\n");
    }

    @Override
    public void visitLdcInsn(Object value) {
      super.visitLdcInsn(value);
      Object shown = value instanceof Handle handle ? handle.getName() : value;
      print(Opcodes.LDC, shown);
    }

    @Override
    public void visitIincInsn(int index, int increment) {
      super.visitIincInsn(index, increment);
      print(Opcodes.IINC, local(index), increment);
    }

    @Override
    public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... targets) {
      super.visitTableSwitchInsn(min, max, otherwise, targets);
      StringBuilder cases = new StringBuilder();
      for (int i = 0; i < targets.length; i++) {
        cases.append(min + i).append(":").append(name(targets[i])).append(' ');
      }
      print(Opcodes.TABLESWITCH, cases + "default:" + name(otherwise));
    }
  }
}
