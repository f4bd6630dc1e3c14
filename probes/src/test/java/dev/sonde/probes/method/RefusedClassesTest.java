package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The JVM refuses a batch for the sake of one class: which cannot be verified once it is woven. */
@SuppressWarnings("try") // a link that is only closed
class RefusedClassesTest {
  private static final int GOOD = 20;

  /** Defines what it is given; nobody has the rest. */
  private static final class OnlyThese extends ClassLoader {
    private final Map<String, byte[]> classes = new TreeMap<>();

    OnlyThese() {
      super(null);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      byte[] bytes = classes.get(name);
      if (bytes == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, bytes, 0, bytes.length);
    }
  }

  @Test
  void oneRefusedClassKeepsNoOtherFromBeingWoven() throws Exception {
    OnlyThese loader = new OnlyThese();
    for (int i = 0; i < GOOD; i++) {
      loader.classes.put("refused.Good" + i, EmptyRun.bytes("refused/Good" + i));
    }
    loader.classes.put("refused.Good7b", broken("refused/Good7b"));
    List<Class<?>> loaded = new ArrayList<>();
    for (String name : loader.classes.keySet()) {
      loaded.add(Class.forName(name, false, loader)); // not linked: that comes with weaving
    }
    AtomicLong runs = new AtomicLong();
    try (Link link = Probes.attach("method/refused.*.run", Probes.counting(runs))) {
      AttachmentStatus status = link.status().get(0);
      assertEquals(GOOD, status.matches(), status.toString());
      assertEquals(1, status.refused().size(), status.toString());
      assertTrue(status.refused().get(0).startsWith("refused.Good7b: "), status.toString());
      runAll(loaded);
      assertEquals(GOOD, runs.get());
    }
    runAll(loaded);
    assertEquals(GOOD, runs.get(), "after the detach");
  }

  /** Each attempt stops at a class that is refused: what came before is asked about once more. */
  @Test
  void noClassIsAskedAboutMoreThanTwice() throws Exception {
    OnlyThese loader = new OnlyThese();
    int refused = 0;
    for (int i = 0; i < 4 * GOOD; i++) {
      boolean broken = i % 13 == 0;
      String name = "asked/Class" + i;
      loader.classes.put(name.replace('/', '.'), broken ? broken(name) : EmptyRun.bytes(name));
      refused += broken ? 1 : 0;
    }
    for (String name : loader.classes.keySet()) {
      Class.forName(name, false, loader);
    }
    Map<String, Integer> asked = new ConcurrentHashMap<>();
    ClassFileTransformer spy =
        new ClassFileTransformer() {
          @Override
          public byte @Nullable [] transform(
              ClassLoader from, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
            if (from == loader) {
              asked.merge(name, 1, Integer::sum);
            }
            return null;
          }
        };
    SelfAttach.instrumentation().addTransformer(spy, true);
    try (Link link = Probes.attach("method/asked.*.run", Probes.counting(new AtomicLong()))) {
      assertEquals(refused, link.status().get(0).refused().size());
      assertEquals(4 * GOOD, asked.size());
      asked.forEach((name, times) -> assertTrue(times <= 2, name + ": " + times + " times"));
    } finally {
      SelfAttach.instrumentation().removeTransformer(spy);
    }
  }

  private static void runAll(List<Class<?>> loaded) throws Exception {
    for (Class<?> type : loaded) {
      if (!type.getName().endsWith("b")) {
        type.getMethod("run").invoke(null);
      }
    }
  }

  /** A method whose verification must know whether one absent class extends the other. */
  private static byte[] broken(String name) {
    ClassWriter writer = new ClassWriter(0);
    writer.visit(
        Opcodes.V17, Opcodes.ACC_PUBLIC | Opcodes.ACC_SUPER, name, null, "java/lang/Object", null);
    MethodVisitor mv =
        writer.visitMethod(
            Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC,
            "run",
            "(Labsent/Derived;)Labsent/Parent;",
            null,
            null);
    mv.visitCode();
    mv.visitVarInsn(Opcodes.ALOAD, 0);
    mv.visitInsn(Opcodes.ARETURN);
    mv.visitMaxs(1, 1);
    mv.visitEnd();
    return writer.toByteArray();
  }
}
