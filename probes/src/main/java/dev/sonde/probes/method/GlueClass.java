package dev.sonde.probes.method;

import dev.sonde.vm.memory.HiddenClasses;
import dev.sonde.vm.program.ExecutableProgram;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * The hidden class of the {@link Glue} of one probe and one shape: so compiled that the JIT can
 * inline woven method, glue and program into one another and drop what the program does not read.
 */
final class GlueClass {
  static final String NAME = "dev/sonde/probes/method/Glue$Fire";
  static final String HANDLE = "java/lang/invoke/MethodHandle";
  static final String WAY = "java/lang/invoke/MutableCallSite";

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final String PROBE = Type.getInternalName(Probe.class);
  private static final String PROGRAM = Type.getInternalName(ExecutableProgram.class);
  private static final String HANDLES = "java/lang/invoke/MethodHandles";
  private static final String LOOKUPS = "java/lang/invoke/MethodHandles$Lookup";
  private static final String CLASS_DATA_AT =
      "(L" + LOOKUPS + ";Ljava/lang/String;Ljava/lang/Class;I)Ljava/lang/Object;";

  private GlueClass() {}

  /** Returns a handle of the shape's type that runs the probe's program once a call. */
  static MethodHandle make(Probe probe, Shape shape) {
    return define(bytes(probe, shape), probe, shape);
  }

  /** Returns the class as it is defined. */
  static byte[] bytes(Probe probe, Shape shape) {
    ClassWriter writer =
        new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
          @Override
          protected String getCommonSuperClass(String a, String b) {
            return "java/lang/Object"; // no two classes meet in a local that is read
          }
        };
    writer.visit(
        Opcodes.V17, Opcodes.ACC_FINAL | Opcodes.ACC_SUPER, NAME, null, "java/lang/Object", null);
    String entryType = probe.inputs().whole() ? PROGRAM : HANDLE;
    initializer(writer, probe, "PROBE", PROBE, "ENTRY", entryType, "WAY", WAY);
    MethodVisitor mv =
        writer.visitMethod(Opcodes.ACC_STATIC, "fire", shape.descriptor(), null, null);
    mv.visitAnnotation(HiddenClasses.FORCE_INLINE, true).visitEnd();
    Glue.write(probe, shape, mv);
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static MethodHandle define(byte[] bytes, Probe probe, Shape shape) {
    Object entry =
        probe.inputs().whole() ? probe.program() : probe.program().scalarEntry().orElseThrow();
    try {
      MethodHandles.Lookup hidden =
          HiddenClasses.define(LOOKUP, NAME, bytes, List.of(probe, entry, probe.way()));
      MethodType type =
          MethodType.fromMethodDescriptorString(shape.descriptor(), Glue.class.getClassLoader());
      return hidden.findStatic(hidden.lookupClass(), "fire", type);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new IllegalStateException("glue of " + shape.descriptor() + ": " + e, e);
    }
  }

  /** {@code static final} fields, set from the class data: constants to the JIT. And links. */
  private static void initializer(ClassWriter writer, Probe probe, String... namesAndTypes) {
    MethodVisitor init = writer.visitMethod(Opcodes.ACC_STATIC, "<clinit>", "()V", null, null);
    init.visitCode();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      String type = namesAndTypes[i + 1];
      int access = Opcodes.ACC_STATIC | Opcodes.ACC_FINAL;
      writer.visitField(access, namesAndTypes[i], "L" + type + ";", null, null).visitEnd();
      init.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "lookup", "()L" + LOOKUPS + ";", false);
      init.visitLdcInsn("_");
      init.visitLdcInsn(Type.getObjectType(type));
      init.visitLdcInsn(i / 2);
      init.visitMethodInsn(Opcodes.INVOKESTATIC, HANDLES, "classDataAt", CLASS_DATA_AT, false);
      init.visitTypeInsn(Opcodes.CHECKCAST, type);
      init.visitFieldInsn(Opcodes.PUTSTATIC, NAME, namesAndTypes[i], "L" + type + ";");
    }
    CounterRow.link(init, probe.counters());
    init.visitInsn(Opcodes.RETURN);
    init.visitMaxs(0, 0);
    init.visitEnd();
  }
}
