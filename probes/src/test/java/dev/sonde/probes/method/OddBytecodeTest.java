package dev.sonde.probes.method;

import static net.bytebuddy.jar.asm.Opcodes.ACC_PUBLIC;
import static net.bytebuddy.jar.asm.Opcodes.ACC_STATIC;
import static net.bytebuddy.jar.asm.Opcodes.ACONST_NULL;
import static net.bytebuddy.jar.asm.Opcodes.ALOAD;
import static net.bytebuddy.jar.asm.Opcodes.ARETURN;
import static net.bytebuddy.jar.asm.Opcodes.ASTORE;
import static net.bytebuddy.jar.asm.Opcodes.ATHROW;
import static net.bytebuddy.jar.asm.Opcodes.F_NEW;
import static net.bytebuddy.jar.asm.Opcodes.ICONST_0;
import static net.bytebuddy.jar.asm.Opcodes.IFEQ;
import static net.bytebuddy.jar.asm.Opcodes.IFNONNULL;
import static net.bytebuddy.jar.asm.Opcodes.INVOKESPECIAL;
import static net.bytebuddy.jar.asm.Opcodes.INVOKEVIRTUAL;
import static net.bytebuddy.jar.asm.Opcodes.LCMP;
import static net.bytebuddy.jar.asm.Opcodes.LCONST_0;
import static net.bytebuddy.jar.asm.Opcodes.LLOAD;
import static net.bytebuddy.jar.asm.Opcodes.NOP;
import static net.bytebuddy.jar.asm.Opcodes.POP;
import static net.bytebuddy.jar.asm.Opcodes.RETURN;
import static net.bytebuddy.jar.asm.Opcodes.TOP;
import static net.bytebuddy.jar.asm.Opcodes.V17;
import static net.bytebuddy.jar.asm.Opcodes.V1_5;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Code that javac never writes and that other compilers do: it runs as before, and is seen. */
@SuppressWarnings("try") // a link that is only closed
class OddBytecodeTest {
  /** Before these came, the JVM's verifier had no frames to compare with. */
  private static final int WITHOUT_FRAMES = V1_5;

  private final List<Object> seen = new ArrayList<>();

  /** Sees the first three arguments and what came back or was thrown. */
  private Link attach(String method) {
    int[] exit = {
      MethodContext.argumentOffset(2),
      MethodContext.argumentOffset(1),
      MethodContext.resultOffset(),
      MethodContext.argumentOffset(0),
      MethodContext.EXCEPTION
    };
    List<Attachment> all = new ArrayList<>();
    for (String kind : new String[] {"method/odd.", "methodret/odd.", "methodexc/odd."}) {
      all.add(
          new Attachment(JavaProgram.scalar(this::see, exit), MethodTarget.parse(kind + method)));
    }
    return Probes.ATTACHER.attach(all);
  }

  private long see(CarrierSlot slot, long[] fields) {
    for (int i : new int[] {3, 1, 0, 2, 4}) {
      Object reference = slot.handles().get(fields[i]);
      seen.add(reference == null ? (Object) fields[i] : reference);
    }
    return 0;
  }

  private static Class<?> define(String name, int version, int flags, Consumer<ClassWriter> body)
      throws Exception {
    ClassWriter writer =
        new ClassWriter(version == WITHOUT_FRAMES ? ClassWriter.COMPUTE_MAXS : flags);
    writer.visit(version, ACC_PUBLIC, "odd/" + name, null, "java/lang/Exception", null);
    body.accept(writer);
    writer.visitEnd();
    byte[] bytes = writer.toByteArray();
    return new ClassLoader(OddBytecodeTest.class.getClassLoader()) {
      Class<?> define() {
        return defineClass("odd." + name, bytes, 0, bytes.length);
      }
    }.define();
  }

  // ---- constructors --------------------------------------------------------------------------

  /** {@code if (text == null) { super(); return; } super(text); text.charAt(0);} */
  private static void twoSuperCalls(ClassWriter writer) {
    MethodVisitor code =
        writer.visitMethod(ACC_PUBLIC, "<init>", "(Ljava/lang/String;)V", null, null);
    code.visitCode();
    Label other = new Label();
    code.visitVarInsn(ALOAD, 0);
    code.visitVarInsn(ALOAD, 1);
    code.visitJumpInsn(IFNONNULL, other);
    code.visitMethodInsn(INVOKESPECIAL, "java/lang/Exception", "<init>", "()V", false);
    code.visitInsn(RETURN);
    code.visitLabel(other);
    code.visitVarInsn(ALOAD, 1);
    String text = "(Ljava/lang/String;)V";
    code.visitMethodInsn(INVOKESPECIAL, "java/lang/Exception", "<init>", text, false);
    code.visitVarInsn(ALOAD, 1);
    code.visitInsn(ICONST_0);
    code.visitMethodInsn(INVOKEVIRTUAL, "java/lang/String", "charAt", "(I)C", false);
    code.visitInsn(POP);
    code.visitInsn(RETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  @ParameterizedTest
  @ValueSource(ints = {WITHOUT_FRAMES, V17})
  void aConstructorMayCallSuperOnEachOfItsWays(int version) throws Exception {
    try (Link link = attach("Ways.<init>")) {
      Class<?> type =
          define("Ways", version, ClassWriter.COMPUTE_FRAMES, OddBytecodeTest::twoSuperCalls);
      Constructor<?> constructor = type.getConstructor(String.class);
      Object silent = constructor.newInstance((String) null);
      assertEquals(List.of(0L, 0L, 0L, 0L, 0L, silent, 0L, 0L, 0L, 0L), seen);
      seen.clear();
      Object speaking = constructor.newInstance("x");
      assertEquals(List.of(0L, "x", 0L, 0L, 0L, speaking, "x", 0L, 0L, 0L), seen);
      seen.clear();
      Throwable thrown =
          assertThrows(InvocationTargetException.class, () -> constructor.newInstance(""))
              .getCause();
      assertEquals(List.of(0L, "", 0L, 0L, 0L), seen.subList(0, 5));
      assertEquals(List.of("", 0L, 0L, thrown), seen.subList(6, 10));
      assertEquals(type, seen.get(5).getClass());
    }
  }

  // ---- parameters that frames do not name ----------------------------------------------------

  /** {@code return text.concat("!")}, and behind it what nothing reaches. */
  private static void deadCode(ClassWriter writer) {
    MethodVisitor code = beginRun(writer);
    code.visitVarInsn(ALOAD, 0);
    code.visitLdcInsn("!");
    String concat = "(Ljava/lang/String;)Ljava/lang/String;";
    code.visitMethodInsn(INVOKEVIRTUAL, "java/lang/String", "concat", concat, false);
    code.visitInsn(ARETURN);
    Label dead = new Label();
    code.visitLabel(dead);
    code.visitLineNumber(77, dead);
    code.visitVarInsn(ALOAD, 0);
    code.visitInsn(ARETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  private static MethodVisitor beginRun(ClassWriter writer) {
    String descriptor = "(Ljava/lang/String;JLjava/lang/String;)Ljava/lang/String;";
    MethodVisitor code = writer.visitMethod(ACC_PUBLIC | ACC_STATIC, "run", descriptor, null, null);
    code.visitCode();
    return code;
  }

  private static Method run(Class<?> type) throws Exception {
    return type.getMethod("run", String.class, long.class, String.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {WITHOUT_FRAMES, V17})
  void codeThatNothingReachesIsLeftAlone(int version) throws Exception {
    try (Link link = attach("Dead.run");
        Link line = Probes.attach("line/Dead.java:77", Probes.nothing())) {
      Class<?> type =
          define(
              "Dead",
              version,
              ClassWriter.COMPUTE_FRAMES,
              writer -> {
                writer.visitSource("Dead.java", null);
                deadCode(writer);
              });
      assertEquals("a!", run(type).invoke(null, "a", 7L, "b"));
      assertEquals(List.of("a", 7L, "b", 0L, 0L, "a", 7L, "b", "a!", 0L), seen);
      seen.clear();
      Throwable thrown =
          assertThrows(InvocationTargetException.class, () -> run(type).invoke(null, null, 7L, "b"))
              .getCause();
      assertEquals(List.of(0L, 7L, "b", 0L, thrown), seen.subList(5, 10));
    }
  }

  /**
   * {@code String r = other; if (number != 0) return r.concat(r); return null;}, where frames name
   * {@code r} alone, and a handler that throws on.
   */
  private static void shortFrames(ClassWriter writer) {
    MethodVisitor code = beginRun(writer);
    Label start = new Label();
    Label end = new Label();
    Label handler = new Label();
    Label none = new Label();
    code.visitTryCatchBlock(start, end, handler, null);
    code.visitVarInsn(ALOAD, 3);
    code.visitVarInsn(ASTORE, 4);
    code.visitVarInsn(LLOAD, 1);
    code.visitInsn(LCONST_0);
    code.visitInsn(LCMP);
    code.visitJumpInsn(IFEQ, none);
    code.visitLabel(start);
    code.visitVarInsn(ALOAD, 4);
    code.visitVarInsn(ALOAD, 4);
    String concat = "(Ljava/lang/String;)Ljava/lang/String;";
    code.visitMethodInsn(INVOKEVIRTUAL, "java/lang/String", "concat", concat, false);
    code.visitLabel(end);
    code.visitInsn(ARETURN);
    code.visitLabel(none);
    Object[] result = {TOP, TOP, TOP, TOP, "java/lang/String"};
    code.visitFrame(F_NEW, 5, result, 0, new Object[0]);
    code.visitInsn(ACONST_NULL);
    code.visitInsn(ARETURN);
    code.visitLabel(handler);
    code.visitFrame(F_NEW, 0, new Object[0], 1, new Object[] {"java/lang/Throwable"});
    code.visitInsn(ATHROW);
    code.visitMaxs(4, 5);
    code.visitEnd();
  }

  @Test
  void parametersThatFramesDoNotNameAreSeen() throws Exception {
    try (Link link = attach("Short.run")) {
      Class<?> type = define("Short", V17, 0, OddBytecodeTest::shortFrames);
      assertEquals("bb", run(type).invoke(null, "a", 7L, "b"));
      assertEquals(List.of("a", 7L, "b", "bb", 0L), seen.subList(5, 10));
      seen.clear();
      assertNull(run(type).invoke(null, "a", 0L, "b"));
      assertEquals(List.of("a", 0L, "b", 0L, 0L), seen.subList(5, 10));
      seen.clear();
      Throwable thrown =
          assertThrows(InvocationTargetException.class, () -> run(type).invoke(null, "a", 7L, null))
              .getCause();
      assertEquals(List.of("a", 7L, 0L, 0L, thrown), seen.subList(5, 10));
    }
  }

  // ---- size ----------------------------------------------------------------------------------

  private static void method(ClassWriter writer, String name, int nops) {
    MethodVisitor code = writer.visitMethod(ACC_PUBLIC | ACC_STATIC, name, "()V", null, null);
    code.visitCode();
    for (int i = 0; i < nops; i++) {
      code.visitInsn(NOP);
    }
    code.visitInsn(RETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  private static void largeAndSmall(ClassWriter writer) {
    method(writer, "small", 1);
    method(writer, "large", 65_530);
    method(writer, "fits", 65_000);
  }

  @Test
  void aMethodWithoutRoomIsLeftOutAlone() throws Exception {
    AtomicLong entries = new AtomicLong();
    try (Link link = attach("Large.*");
        Link edges = Probes.attach("method/odd.Large.*", Probes.counting(entries))) {
      Class<?> type = define("Large", V17, 0, OddBytecodeTest::largeAndSmall);
      for (Method method : type.getMethods()) {
        if (method.getDeclaringClass() == type) {
          method.invoke(null);
        }
      }
      assertEquals(2 * 2 * 5, seen.size());
      assertEquals(2, entries.get());
      for (Link each : List.of(link, edges)) {
        assertEquals(2, each.status().get(0).matches());
        String refused = String.join("|", each.status().get(0).refused());
        assertTrue(refused.matches("odd.Large.large\\(\\): with what is woven .* B.*"), refused);
      }
    }
    AtomicLong again = new AtomicLong();
    try (Link edges = Probes.attach("method/odd.Large.*", Probes.counting(again))) {
      Class<?> type = define("Large", V17, 0, OddBytecodeTest::largeAndSmall);
      type.getMethod("fits").invoke(null);
      type.getMethod("large").invoke(null);
      assertEquals(1, again.get());
    }
  }
}
