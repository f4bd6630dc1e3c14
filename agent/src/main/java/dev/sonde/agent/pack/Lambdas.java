package dev.sonde.agent.pack;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Rewrites classes so that lambdas, method references and the {@code equals} and {@code hashCode}
 * of records are plain code: their call sites cost 0.2 to 5 ms of CPU each when they are first
 * reached, and what a JVM does for them runs in methods that the application uses too.
 *
 * <p>Left as they are: serializable lambdas, and classes for Java 10 and older, which have no
 * nests.
 */
final class Lambdas {
  private static final int NESTS_SINCE = Opcodes.V11;

  private final Map<String, byte[]> made = new TreeMap<>();
  private final Map<String, List<String>> members = new TreeMap<>(); // added ones, by nest host

  /** Returns {@code classes}, by internal name, rewritten, and with what their lambdas became. */
  static Map<String, byte[]> unfold(Map<String, byte[]> classes) {
    Lambdas lambdas = new Lambdas();
    Map<String, byte[]> result = new TreeMap<>();
    classes.forEach((name, bytes) -> result.put(name, lambdas.rewrite(bytes)));
    lambdas.members.forEach(
        (host, added) -> result.put(host, withMembers(result.get(host), added)));
    result.putAll(lambdas.made);
    return result;
  }

  private byte[] rewrite(byte[] bytes) {
    ClassReader reader = new ClassReader(bytes);
    if ((reader.readInt(4) & 0xffff) < NESTS_SINCE) {
      return bytes;
    }
    ClassWriter out = new ClassWriter(0);
    reader.accept(new RecordMethods(new Rewriter(out)), 0);
    return out.toByteArray();
  }

  private static byte[] withMembers(byte[] host, List<String> added) {
    ClassWriter out = new ClassWriter(0);
    new ClassReader(host)
        .accept(
            new ClassVisitor(Opcodes.ASM9, out) {
              @Override
              public void visitEnd() {
                added.forEach(this::visitNestMember);
                super.visitEnd();
              }
            },
            0);
    return out.toByteArray();
  }

  /** Puts calls in the places of call sites. */
  private final class Rewriter extends ClassVisitor {
    private String name = "";
    private String nestHost = "";
    private int version;
    private int count;

    Rewriter(ClassVisitor out) {
      super(Opcodes.ASM9, out);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        String signature,
        String superName,
        String[] interfaces) {
      this.version = version;
      this.name = name;
      nestHost = name;
      super.visit(version, access, name, signature, superName, interfaces);
    }

    @Override
    public void visitNestHost(String host) {
      nestHost = host;
      super.visitNestHost(host);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String method, String type, String signature, String[] exceptions) {
      MethodVisitor code = super.visitMethod(access, method, type, signature, exceptions);
      return new MethodVisitor(Opcodes.ASM9, code) {
        @Override
        public void visitInvokeDynamicInsn(
            String method, String site, Handle bootstrap, Object... arguments) {
          if (isPlainLambda(bootstrap) && LambdaClass.canCall((Handle) arguments[1])) {
            String made = add(method, site, arguments);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, made, LambdaClass.MAKE, site, false);
          } else {
            super.visitInvokeDynamicInsn(method, site, bootstrap, arguments);
          }
        }

        @Override
        public void visitLocalVariable(
            String name, String type, String signature, Label start, Label end, int index) {
          // for debuggers alone, and a JVM reads it at every start
        }
      };
    }

    private String add(String method, String site, Object[] arguments) {
      LambdaClass lambda =
          new LambdaClass(
              name + "$$" + count++,
              nestHost,
              version,
              Type.getMethodType(site),
              method,
              (Type) arguments[0],
              (Type) arguments[2],
              (Handle) arguments[1]);
      made.put(lambda.name(), lambda.bytes());
      members.computeIfAbsent(nestHost, host -> new ArrayList<>()).add(lambda.name());
      return lambda.name();
    }
  }

  private static boolean isPlainLambda(Handle bootstrap) {
    return bootstrap.getOwner().equals("java/lang/invoke/LambdaMetafactory")
        && bootstrap.getName().equals("metafactory");
  }
}
