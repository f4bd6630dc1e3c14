package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.MethodContext;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A method that the JVM compiles is not woven into one that it never would. */
public class HugeMethodsTest {
  private static final int LIMIT = 8000;

  /** What reads the duration is woven in another way than what reads nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"method", "methodret"})
  void isLeftOutWhereItWouldOutgrowTheLimit(String kind) throws Exception {
    Class<?> type = define("Nearly" + kind, LIMIT, LIMIT + 1, 100);
    AtomicLong runs = new AtomicLong();
    try (Link link = Probes.ATTACHER.attach(List.of(attachment(kind, type, runs)))) {
      AttachmentStatus status = link.status().get(0);
      assertEquals(List.of(type.getName() + ".run0(): " + Unweavable.HUGE), status.refused());
      assertEquals(2, status.matches(), "what is huge already, and what is small");
      runAll(type, 3);
      assertEquals(2, runs.get());
    }
  }

  @Test
  void isWovenWhereItJustFits() throws Exception {
    Class<?> type = define("Fits", LIMIT - 100);
    AtomicLong runs = new AtomicLong();
    try (Link link = Probes.ATTACHER.attach(List.of(attachment("method", type, runs)))) {
      assertEquals(List.of(), link.status().get(0).refused());
      runAll(type, 1);
      assertEquals(1, runs.get());
    }
  }

  @Test
  void isWovenWhereTheJvmCompilesHugeMethods() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String flag = "-XX:-DontCompileHugeMethods";
    assertEquals("ok", MatrixTest.run(java, flag, HugeMethodsTest.class.getName()).strip());
  }

  private static Instrumentation given;

  public static void premain(String arguments, Instrumentation instrumentation) {
    JdkAccess.open(instrumentation);
    given = instrumentation;
  }

  public static void main(String[] arguments) throws Exception {
    Class<?> type = define("Nearly", LIMIT);
    AtomicLong runs = new AtomicLong();
    MethodAttacher attacher = new MethodAttacher(given, new JavaFrames());
    try (Link link = attacher.attach(List.of(attachment("method", type, runs)))) {
      runAll(type, 1);
      System.out.println(runs.get() == 1 ? "ok" : link.status().toString());
    }
  }

  private static Attachment attachment(String kind, Class<?> type, AtomicLong runs) {
    int[] fields = kind.equals("method") ? new int[0] : new int[] {MethodContext.DURATION_NANOS};
    JavaProgram program = JavaProgram.scalar((slot, values) -> runs.incrementAndGet(), fields);
    return new Attachment(program, MethodTarget.parse(kind + "/" + type.getName() + ".run*"));
  }

  private static void runAll(Class<?> type, int methods) throws Exception {
    for (int i = 0; i < methods; i++) {
      type.getMethod("run" + i).invoke(null);
    }
  }

  /** Methods {@code run0}, {@code run1}, ... of so many bytes of code each. */
  private static Class<?> define(String name, int... codeBytes) {
    ClassWriter writer = new ClassWriter(0);
    int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_SUPER;
    writer.visit(Opcodes.V17, access, "huge/" + name, null, "java/lang/Object", null);
    for (int i = 0; i < codeBytes.length; i++) {
      MethodVisitor mv =
          writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "run" + i, "()V", null, null);
      mv.visitCode();
      for (int insns = 1; insns < codeBytes[i]; insns++) {
        mv.visitInsn(Opcodes.NOP);
      }
      mv.visitInsn(Opcodes.RETURN);
      mv.visitMaxs(0, 0);
      mv.visitEnd();
    }
    byte[] bytes = writer.toByteArray();
    return new ClassLoader(HugeMethodsTest.class.getClassLoader()) {
      Class<?> define() {
        return defineClass(null, bytes, 0, bytes.length);
      }
    }.define();
  }
}
