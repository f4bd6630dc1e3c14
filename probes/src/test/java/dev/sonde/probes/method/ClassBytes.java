package dev.sonde.probes.method;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/** The bytes that the JVM says a class has now. */
final class ClassBytes {
  private ClassBytes() {}

  static byte[] of(Class<?> type) throws Exception {
    Instrumentation instrumentation = SelfAttach.instrumentation();
    byte[][] seen = new byte[1][];
    ClassFileTransformer spy =
        new ClassFileTransformer() {
          @Override
          public byte[] transform(
              Module module,
              ClassLoader loader,
              String name,
              Class<?> redefined,
              ProtectionDomain domain,
              byte[] bytes) {
            seen[0] = redefined == type ? bytes.clone() : seen[0];
            return null;
          }
        };
    instrumentation.addTransformer(spy, true);
    try {
      instrumentation.retransformClasses(type);
    } finally {
      instrumentation.removeTransformer(spy);
    }
    return seen[0];
  }

  /** Writes the class anew, so that the order and the leftovers of its constant pool are gone. */
  static byte[] canonical(byte[] bytes) {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes).accept(writer, 0);
    return writer.toByteArray();
  }

  /** Returns the classes of Sonde in java.lang that the code calls. */
  static List<String> callsOfSonde(byte[] bytes) {
    List<String> calls = Collections.synchronizedList(new ArrayList<>());
    new ClassReader(bytes)
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String descriptor, String sig, String[] exceptions) {
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitMethodInsn(
                      int op, String owner, String method, String desc, boolean itf) {
                    if (owner.startsWith("java/lang/Sonde")) {
                      calls.add(name + " calls " + owner);
                    }
                  }
                };
              }
            },
            0);
    return calls;
  }
}
