package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;

/** What comes later and cannot be woven is told, once. */
class LateRefusalsTest {
  private final LinkedBlockingQueue<List<String>> told = new LinkedBlockingQueue<>();
  private final MethodAttacher attacher =
      new MethodAttacher(
          SelfAttach.instrumentation(),
          new JavaFrames(),
          new MethodNotices() {
            @Override
            public void switchedOff(Attachment attachment, String why) {}

            @Override
            public void leftOut(Attachment attachment, List<String> places) {
              told.add(places);
            }
          });

  @Test
  void oneReasonIsToldOnceWithItsPlaces() throws Exception {
    load("Early", Opcodes.ACC_ABSTRACT);
    Attachment all = new Attachment(Probes.nothing(), MethodTarget.parse("method/late.*.run"));
    try (Link link = attacher.attach(List.of(all))) {
      List<String> expected = new ArrayList<>();
      for (String name : List.of("A", "B", "C")) {
        load(name, Opcodes.ACC_ABSTRACT);
        expected.add("late." + name + ".run(): " + Unweavable.ABSTRACT);
      }
      assertEquals(expected, told.poll(60, TimeUnit.SECONDS));
      load("D", Opcodes.ACC_ABSTRACT);
      load("N", Opcodes.ACC_NATIVE);
      List<String> other = List.of("late.N.run(): " + Unweavable.NATIVE);
      assertEquals(other, told.poll(60, TimeUnit.SECONDS), "D's reason has been told");
      assertEquals(6, link.status().get(0).refused().size());
      load("L", Opcodes.ACC_NATIVE);
    }
    assertNull(told.poll());
  }

  /** Loads a class with a method that has no code; {@code access} says why. */
  private static void load(String name, int access) {
    ClassWriter writer = new ClassWriter(0);
    int ofClass = Opcodes.ACC_PUBLIC | Opcodes.ACC_SUPER | Opcodes.ACC_ABSTRACT;
    writer.visit(Opcodes.V17, ofClass, "late/" + name, null, "java/lang/Object", null);
    writer.visitMethod(Opcodes.ACC_PUBLIC | access, "run", "()V", null, null).visitEnd();
    byte[] bytes = writer.toByteArray();
    new ClassLoader() {
      Class<?> define() {
        return defineClass(null, bytes, 0, bytes.length); // whose name the JVM does not tell
      }
    }.define();
  }
}
