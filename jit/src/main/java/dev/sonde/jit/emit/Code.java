package dev.sonde.jit.emit;

import dev.sonde.jit.emit.Listing.MethodListing;
import dev.sonde.vm.memory.RawMemory;
import java.util.Map;
import java.util.function.Supplier;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** Writes the bytecode of one method: constants in their shortest form, calls by class. */
final class Code {
  private static final String UNSAFE = "jdk/internal/misc/Unsafe";
  private static final String RAW_MEMORY = Type.getInternalName(RawMemory.class);

  private final MethodVisitor method;
  private final String owner;
  private int frameOffset = -1;
  private int length;

  /**
   * @param owner internal name of the class that is written
   */
  private Code(MethodVisitor method, String owner) {
    this.method = method;
    this.owner = owner;
  }

  /** Begins a method of the class {@code owner} that {@code writer} writes. */
  static Code of(ClassVisitor writer, String owner, int access, String method, String descriptor) {
    MethodVisitor visitor = writer.visitMethod(access, method, descriptor, null, null);
    visitor.visitCode();
    return new Code(visitor, owner);
  }

  /** Gives the method an annotation without values. */
  void annotate(String descriptor) {
    method.visitAnnotation(descriptor, true).visitEnd();
  }

  void op(int... opcodes) {
    for (int opcode : opcodes) {
      method.visitInsn(opcode);
    }
  }

  void push(int value) {
    if (value >= -1 && value <= 5) {
      method.visitInsn(Opcodes.ICONST_0 + value);
    } else if ((byte) value == value) {
      method.visitIntInsn(Opcodes.BIPUSH, value);
    } else if ((short) value == value) {
      method.visitIntInsn(Opcodes.SIPUSH, value);
    } else {
      method.visitLdcInsn(value);
    }
  }

  void push(long value) {
    if (value == 0 || value == 1) {
      method.visitInsn(Opcodes.LCONST_0 + (int) value);
    } else if ((short) value == value) {
      push((int) value);
      method.visitInsn(Opcodes.I2L);
    } else {
      method.visitLdcInsn(value);
    }
  }

  void constant(Object value) {
    method.visitLdcInsn(value);
  }

  void add(long value) {
    if (value != 0) {
      push(value);
      method.visitInsn(Opcodes.LADD);
    }
  }

  /** Zero-extends the int on the stack to a long. */
  void zeroExtend() {
    method.visitInsn(Opcodes.I2L);
    method.visitLdcInsn(0xffffffffL);
    method.visitInsn(Opcodes.LAND);
  }

  void load(int opcode, int local) {
    method.visitVarInsn(opcode, local);
  }

  void store(int opcode, int local) {
    method.visitVarInsn(opcode, local);
  }

  void increment(int local, int by) {
    method.visitIincInsn(local, by);
  }

  void jump(int opcode, Label label) {
    method.visitJumpInsn(opcode, label);
  }

  void tableSwitch(int min, Label otherwise, Label[] labels) {
    method.visitTableSwitchInsn(min, min + labels.length - 1, otherwise, labels);
  }

  void label(Label label) {
    method.visitLabel(label);
    if (method instanceof MethodListing listing) {
      listing.target(label);
    }
  }

  /** Begins the bytecode of the insn at {@code index}. */
  void insn(int index) {
    if (method instanceof MethodListing listing) {
      listing.beginInsn(index);
    }
  }

  /** Says what locals hold, for whoever reads the bytecode. */
  void nameLocals(Supplier<Map<Integer, String>> names) {
    if (method instanceof MethodListing listing) {
      listing.nameLocals(names.get());
    }
  }

  void line(int line) {
    Label here = new Label();
    method.visitLabel(here);
    method.visitLineNumber(line, here);
  }

  /** Makes room for a frame: two must not be at one place, should nothing stand between. */
  void separate() {
    if (frameOffset == offset()) {
      method.visitInsn(Opcodes.NOP);
    }
  }

  /** Returns how many bytes the method has, once it is at its end. */
  int length() {
    return length;
  }

  private int offset() {
    Label here = new Label();
    method.visitLabel(here);
    return here.getOffset();
  }

  void frame(Object[] locals, Object... stack) {
    frameOffset = offset();
    method.visitFrame(Opcodes.F_NEW, locals.length, locals, stack.length, stack);
  }

  /** Calls a static method of a class that programs may call. */
  void call(Class<?> type, String name, String descriptor) {
    method.visitMethodInsn(
        Opcodes.INVOKESTATIC, Type.getInternalName(type), name, descriptor, false);
  }

  /** Calls a static method of the written class. */
  void callOwn(String name, String descriptor) {
    method.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, descriptor, false);
  }

  void callVirtual(Class<?> type, String name, String descriptor) {
    method.visitMethodInsn(
        Opcodes.INVOKEVIRTUAL, Type.getInternalName(type), name, descriptor, false);
  }

  /** Calls a method of {@link RawMemory}. */
  void raw(String name, String descriptor) {
    method.visitMethodInsn(Opcodes.INVOKESTATIC, RAW_MEMORY, name, descriptor, false);
  }

  /** Begins a plain access: the intrinsic's receiver and its null base. */
  void beginAccess() {
    method.visitFieldInsn(Opcodes.GETSTATIC, RAW_MEMORY, "UNSAFE", "L" + UNSAFE + ";");
    method.visitInsn(Opcodes.ACONST_NULL);
  }

  /** Ends a plain load; its address is on the stack. */
  void endLoad(String kind, String type) {
    method.visitMethodInsn(
        Opcodes.INVOKEVIRTUAL, UNSAFE, "get" + kind, "(Ljava/lang/Object;J)" + type, false);
  }

  /** Ends a plain store; address and value are on the stack. */
  void endStore(String kind, String type) {
    method.visitMethodInsn(
        Opcodes.INVOKEVIRTUAL, UNSAFE, "put" + kind, "(Ljava/lang/Object;J" + type + ")V", false);
  }

  /** Ends a load of 1, 2 or 4 bytes, zero-extended to an int. */
  void endLoad(int sizeBytes) {
    switch (sizeBytes) {
      case 4 -> endLoad("Int", "I");
      case 2 -> endLoad("Char", "C");
      default -> {
        endLoad("Byte", "B");
        push(0xff);
        op(Opcodes.IAND);
      }
    }
  }

  /** Ends a store of the lower bytes of the int, or of the long, on the stack. */
  void endStore(int sizeBytes) {
    switch (sizeBytes) {
      case 8 -> endStore("Long", "J");
      case 4 -> endStore("Int", "I");
      case 2 -> endStore("Short", "S");
      default -> endStore("Byte", "B");
    }
  }

  void field(String name, String descriptor) {
    method.visitFieldInsn(Opcodes.GETSTATIC, owner, name, descriptor);
  }

  /** Begins code out of which no exception may come. */
  Label beginGuarded() {
    Label start = new Label();
    method.visitLabel(start);
    return start;
  }

  /** Ends it, behind a return: whatever was thrown since {@code start} makes the result 0. */
  void endGuarded(Label start) {
    Label handler = new Label();
    method.visitTryCatchBlock(start, handler, handler, "java/lang/Throwable");
    method.visitLabel(handler);
    frame(Registers.bareFrame(), "java/lang/Throwable");
    load(Opcodes.ALOAD, 0);
    call(CompiledProgram.class, "failed", "(Ljava/lang/Throwable;" + Descriptors.SLOT + ")J");
    method.visitInsn(Opcodes.LRETURN);
  }

  void end(int maxLocals) {
    end(maxLocals, MAX_STACK);
  }

  void end(int maxLocals, int maxStack) {
    length = offset();
    method.visitMaxs(maxStack, maxLocals);
    method.visitEnd();
  }

  /** The deepest that any template goes: a call with a slot, a map and five longs, and its like. */
  private static final int MAX_STACK = 20;
}
