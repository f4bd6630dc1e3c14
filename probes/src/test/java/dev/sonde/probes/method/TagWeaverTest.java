package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.bridge.TrampolinePool;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.TypeReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is woven by copying bytes is what the class writer makes of the same calls. */
class TagWeaverTest {
  private static final TrampolinePool POOL = new TrampolinePool();

  private final Map<String, Integer> ids = new HashMap<>();

  private static Binding binding(String target) {
    return binding(MethodTarget.parse(target), Probes.nothing());
  }

  private static Binding binding(MethodTarget target, JavaProgram program) {
    assertNotNull(Probes.ATTACHER); // opens the JDK
    Inputs inputs = Inputs.of(program, target.kind(), target.limits());
    EventSources none = new EventSources(null, null, null);
    Probe probe = new Probe(program, target, inputs, new ProbeCounters(), none, 300);
    return new Binding(new Attachment(program, target), target, probe, POOL, Probes.SILENT);
  }

  private Site site(Binding binding, WovenMethod method) {
    int id = ids.computeIfAbsent(method.toString(), name -> ids.size() + 1);
    return binding.site(method, id);
  }

  private byte @Nullable [] copied(byte[] bytes, List<Binding> bindings) {
    return new TagWeaver(new ClassReader(bytes), bytes, bindings, this::site).weave();
  }

  /** The same calls, written by {@link EdgeWeaver}. */
  private byte[] rewritten(byte[] bytes, List<Binding> bindings) {
    ClassReader reader = new ClassReader(bytes);
    ClassWriter writer = new ClassWriter(reader, 0);
    BiFunction<Binding, WovenMethod, Site> sites = this::site;
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
            WovenMethod method = new WovenMethod(reader.getClassName(), access, name, descriptor);
            boolean code = (access & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) == 0;
            List<Site> here = new ArrayList<>();
            for (Binding binding : bindings) {
              if (code && (access & Opcodes.ACC_BRIDGE) == 0) {
                here.add(sites.apply(binding, method));
              }
            }
            return here.isEmpty() ? next : new EdgeWeaver(next, method, here);
          }
        },
        0);
    return writer.toByteArray();
  }

  /** Without the order of constants, and without what fills up the calls before a switch. */
  private static byte[] canonical(byte[] bytes) {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String desc, String signature, String[] exceptions) {
                return new NoFill(super.visitMethod(access, name, desc, signature, exceptions));
              }
            },
            0);
    return writer.toByteArray();
  }

  private static final class NoFill extends MethodVisitor {
    NoFill(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitInsn(int opcode) {
      if (opcode != Opcodes.NOP) {
        super.visitInsn(opcode);
      }
    }
  }

  private static List<byte[]> ofJar(Class<?> member) throws IOException {
    List<byte[]> classes = new ArrayList<>();
    Path jar = Path.of(member.getProtectionDomain().getCodeSource().getLocation().getPath());
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF")) {
          classes.add(file.getInputStream(entry).readAllBytes());
        }
      }
    }
    return classes;
  }

  private static List<byte[]> ofModule(String module) throws IOException {
    List<byte[]> classes = new ArrayList<>();
    Path root = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/" + module);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        if (!file.endsWith("module-info.class")) {
          classes.add(Files.readAllBytes(file));
        }
      }
    }
    return classes;
  }

  @Test
  void thousandsOfClassesAreWovenAsByTheClassWriter() throws IOException {
    List<byte[]> classes = ofJar(org.h2.Driver.class);
    classes.addAll(ofModule("java.xml"));
    Binding entries = binding("method/*.*");
    Binding returns = binding("methodret/*.*");
    List<List<Binding>> all =
        List.of(List.of(entries), List.of(returns), List.of(returns, entries, returns));
    int woven = 0;
    for (int i = 0; i < classes.size(); i++) {
      byte[] bytes = classes.get(i);
      List<Binding> bindings = all.get(i % all.size());
      byte[] copied = copied(bytes, bindings);
      String name = new ClassReader(bytes).getClassName();
      if (copied != null) {
        byte[] wanted = canonical(rewritten(bytes, bindings));
        assertArrayEquals(wanted, canonical(copied), name);
        woven++;
      }
    }
    assertTrue(classes.size() > 2000, classes.size() + " classes");
    assertTrue(woven > classes.size() * 95 / 100, woven + " of " + classes.size());
  }

  @Test
  void noClassIsCopiedWhereAnythingIsHandedOver() {
    assertTrue(TagWeaver.suffices(binding("method/*.*")));
    assertTrue(TagWeaver.suffices(binding("methodret/*.*")));
    assertFalse(TagWeaver.suffices(binding("methodexc/*.*")));
    assertFalse(TagWeaver.suffices(binding("call/*.*")));
    MethodTarget annotated =
        MethodTarget.parse("method/*.*").withFilter(new MethodFilter(null, null, "a.B", null));
    assertFalse(TagWeaver.suffices(binding(annotated, Probes.nothing())));
    JavaProgram reads =
        JavaProgram.scalar(
            (slot, fields) -> 0, dev.sonde.vm.context.MethodContext.argumentOffset(0));
    assertFalse(TagWeaver.suffices(binding(MethodTarget.parse("method/*.*"), reads)));
  }

  /** A class of one method, {@code int run(int)}, whose code {@code body} writes. */
  private static byte[] classOf(java.util.function.Consumer<MethodVisitor> body) {
    ClassWriter writer = new ClassWriter(0);
    writer.visit(Opcodes.V1_5, Opcodes.ACC_SUPER, "sample/Written", null, "java/lang/Object", null);
    MethodVisitor mv = writer.visitMethod(Opcodes.ACC_STATIC, "run", "(I)I", null, null);
    mv.visitCode();
    body.accept(mv);
    mv.visitMaxs(4, 1);
    mv.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static void jumpOver(MethodVisitor mv, int bytes) {
    Label far = new Label();
    mv.visitVarInsn(Opcodes.ILOAD, 0);
    mv.visitJumpInsn(Opcodes.IFEQ, far);
    mv.visitInsn(Opcodes.ICONST_1);
    mv.visitInsn(Opcodes.IRETURN);
    for (int i = 0; i < bytes; i++) {
      mv.visitInsn(Opcodes.NOP);
    }
    mv.visitLabel(far);
    mv.visitInsn(Opcodes.ICONST_0);
    mv.visitInsn(Opcodes.IRETURN);
  }

  @Test
  void aJumpThatWouldBeTooLongIsLeftToTheClassWriter() {
    List<Binding> returns = List.of(binding("methodret/*.*"));
    byte[] near = classOf(mv -> jumpOver(mv, 32_767 - 5 - 14));
    byte[] copied = copied(near, returns);
    assertNotNull(copied);
    assertArrayEquals(canonical(rewritten(near, returns)), canonical(copied));
    assertNull(copied(classOf(mv -> jumpOver(mv, 32_767 - 5 - 13)), returns));
  }

  @Test
  void soIsAMethodThatWouldBeTooLong() {
    List<Binding> entries = List.of(binding("method/*.*"));
    java.util.function.IntFunction<byte[]> ofLength =
        length ->
            classOf(
                mv -> {
                  for (int i = 2; i < length; i++) {
                    mv.visitInsn(Opcodes.NOP);
                  }
                  mv.visitInsn(Opcodes.ICONST_0);
                  mv.visitInsn(Opcodes.IRETURN);
                });
    assertNotNull(copied(ofLength.apply(65_535 - 14), entries));
    assertNull(copied(ofLength.apply(65_535 - 13), entries));
  }

  @Test
  void soIsATableThatNobodyKnows() {
    byte[] annotated =
        classOf(
            mv -> {
              mv.visitTypeInsn(Opcodes.NEW, "java/lang/Object");
              int ref = TypeReference.newTypeReference(TypeReference.NEW).getValue();
              mv.visitInsnAnnotation(ref, null, "Lsample/Mark;", true);
              mv.visitInsn(Opcodes.POP);
              mv.visitInsn(Opcodes.ICONST_0);
              mv.visitInsn(Opcodes.IRETURN);
            });
    assertNull(copied(annotated, List.of(binding("method/*.*"))));
  }

  /** Nobody has verified a class that is being loaded: a switch may have -2 cases. */
  @Test
  void codeThatIsNoneIsNotReadForEver() {
    byte[] bytes =
        classOf(
            mv -> {
              Label end = new Label();
              mv.visitVarInsn(Opcodes.ILOAD, 0);
              mv.visitLookupSwitchInsn(end, new int[0], new Label[0]);
              mv.visitLabel(end);
              mv.visitInsn(Opcodes.ICONST_0);
              mv.visitInsn(Opcodes.IRETURN);
            });
    List<Binding> returns = List.of(binding("methodret/*.*"));
    assertNotNull(copied(bytes, returns));
    int code = 0;
    while (bytes[code] != 0x1a || bytes[code + 1] != (byte) Opcodes.LOOKUPSWITCH) {
      code++; // iload_0, then the switch, filled up to its default at 4
    }
    ByteBuffer.wrap(bytes).putInt(code + 8, -2);
    assertThrows(IllegalArgumentException.class, () -> copied(bytes, returns));
  }

  @Test
  void whatHasNoCodeIsSaid() {
    Binding entries = binding("method/*.*");
    ClassWriter writer = new ClassWriter(0);
    writer.visit(Opcodes.V17, Opcodes.ACC_ABSTRACT, "sample/None", null, "java/lang/Object", null);
    writer.visitMethod(Opcodes.ACC_ABSTRACT, "some", "()V", null, null).visitEnd();
    writer.visitMethod(Opcodes.ACC_NATIVE, "other", "(I)V", null, null).visitEnd();
    byte[] bytes = writer.toByteArray();
    assertArrayEquals(canonical(bytes), canonical(copied(bytes, List.of(entries))));
    assertEquals(
        List.of(
            "sample.None.some(): " + Unweavable.ABSTRACT,
            "sample.None.other(int): " + Unweavable.NATIVE),
        entries.refused());
  }
}
