package dev.sonde.probes.bridge;

import dev.sonde.vm.context.ThreadStop;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * A class {@code java.lang.Sonde$N} whose static method {@code fire} woven code calls, and the
 * handle behind it. As source:
 *
 * <pre>{@code
 * public final class Sonde$N {
 *   static final MethodHandle TARGET = (MethodHandle) SondeBridge.target;
 *   public static RESULT fire(PARAMETERS) {
 *     try { return (RESULT) TARGET.invokeExact(PARAMETERS); } catch (Throwable t) { return 0; } // but ThreadDeath
 *   }
 *   public static void warm(MethodHandle h, int times) { while (times-- > 0) h.invokeExact(0, ...); }
 * }
 * }</pre>
 *
 * The JIT treats the target as a constant: an inlined call costs nothing, and {@link #target} makes
 * it compile anew. The class stays as long as the JVM, so trampolines are pooled.
 */
public final class Trampoline {
  private static final String HANDLE = "java/lang/invoke/MethodHandle";

  /** Above the 127 calls after which the JDK spins a class for a hot handle: not in woven code. */
  private static final int WARM_CALLS = 300;

  private final String internalName;
  private final String descriptor;
  private final MutableCallSite site;
  private final MethodHandle nothing;
  private final MethodHandle warm;

  private Trampoline(
      String internalName,
      String descriptor,
      MutableCallSite site,
      MethodHandle invoker,
      MethodHandle warm) {
    this.internalName = internalName;
    this.descriptor = descriptor;
    this.site = site;
    this.nothing = site.getTarget();
    this.warm = warm;
    warm(nothing);
    warm(invoker);
  }

  /**
   * Defines a trampoline that does nothing yet; {@code descriptor} returns void, long or an object.
   */
  static Trampoline define(JavaLang javaLang, String descriptor) {
    MethodType type = MethodType.fromMethodDescriptorString(descriptor, null);
    MutableCallSite site = new MutableCallSite(MethodHandles.empty(type));
    MethodHandle invoker = site.dynamicInvoker();
    String name = "java/lang/Sonde$" + javaLang.nextNumber();
    try {
      Class<?> owner = javaLang.define(bytes(name, descriptor), invoker);
      MethodType warmType = MethodType.methodType(void.class, MethodHandle.class, int.class);
      MethodHandle warm = javaLang.findStatic(owner, "warm", warmType);
      return new Trampoline(name, descriptor, site, invoker, warm);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      throw new IllegalStateException("trampoline " + name + descriptor + ": " + e, e);
    }
  }

  /** Returns the class to call, {@code fire} in it, as a class file names it. */
  public String internalName() {
    return internalName;
  }

  public String descriptor() {
    return descriptor;
  }

  /**
   * Lets all calls from now on go to {@code target}, whose type is {@link #descriptor}'s. It is
   * called before that, often, with zeros: it must do nothing then.
   */
  public void target(MethodHandle target) {
    prepare(target);
    connect(target);
  }

  /** Does all of {@link #target} but the last step: calls still go where they went. */
  public void prepare(MethodHandle target) {
    warm(target);
  }

  /** Lets all calls from now on go to {@code target}, which has been {@link #prepare}d. */
  public void connect(MethodHandle target) {
    site.setTarget(target);
    MutableCallSite.syncAll(new MutableCallSite[] {site});
  }

  /** Lets all calls from now on do nothing. */
  public void disconnect() {
    site.setTarget(nothing);
    MutableCallSite.syncAll(new MutableCallSite[] {site});
  }

  /**
   * Calls a handle so often that the JDK is done with what it does when one gets hot: it spins a
   * class, and in woven code would call for that what may itself be woven, without end.
   */
  private void warm(MethodHandle handle) {
    try {
      warm.invokeExact(handle, WARM_CALLS);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible); // what is called with zeros does nothing
    }
  }

  private static byte[] bytes(String name, String descriptor) {
    ClassWriter writer = new ClassWriter(0);
    int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
    writer.visit(Opcodes.V17, access, name, null, "java/lang/Object", null);
    int field = Opcodes.ACC_STATIC | Opcodes.ACC_FINAL;
    writer.visitField(field, "TARGET", "L" + HANDLE + ";", null, null).visitEnd();
    initializer(writer, name);
    fire(writer, name, descriptor);
    warm(writer, descriptor);
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static void initializer(ClassWriter writer, String name) {
    MethodVisitor mv = writer.visitMethod(Opcodes.ACC_STATIC, "<clinit>", "()V", null, null);
    mv.visitCode();
    mv.visitFieldInsn(Opcodes.GETSTATIC, "java/lang/SondeBridge", "target", "Ljava/lang/Object;");
    mv.visitTypeInsn(Opcodes.CHECKCAST, HANDLE);
    mv.visitFieldInsn(Opcodes.PUTSTATIC, name, "TARGET", "L" + HANDLE + ";");
    mv.visitInsn(Opcodes.RETURN);
    mv.visitMaxs(1, 0);
    mv.visitEnd();
  }

  private static void fire(ClassWriter writer, String name, String descriptor) {
    int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC;
    MethodVisitor mv = writer.visitMethod(access, "fire", descriptor, null, null);
    // Honoured in classes of the boot loader: the call is inlined whatever the budget says.
    mv.visitAnnotation("Ljdk/internal/vm/annotation/ForceInline;", true).visitEnd();
    mv.visitCode();
    Label start = new Label();
    Label end = new Label();
    Label handler = new Label();
    mv.visitTryCatchBlock(start, end, handler, null); // any: no class is looked for
    mv.visitLabel(start);
    mv.visitFieldInsn(Opcodes.GETSTATIC, name, "TARGET", "L" + HANDLE + ";");
    int slots = 0;
    for (Type type : Type.getArgumentTypes(descriptor)) {
      mv.visitVarInsn(type.getOpcode(Opcodes.ILOAD), slots);
      slots += type.getSize();
    }
    mv.visitMethodInsn(Opcodes.INVOKEVIRTUAL, HANDLE, "invokeExact", descriptor, false);
    mv.visitInsn(Type.getReturnType(descriptor).getOpcode(Opcodes.IRETURN));
    mv.visitLabel(end);
    mv.visitLabel(handler);
    mv.visitFrame(Opcodes.F_SAME1, 0, null, 1, new Object[] {"java/lang/Throwable"});
    if (ThreadStop.isPossible()) {
      passOnStop(mv);
    }
    mv.visitInsn(Opcodes.POP);
    zero(mv, Type.getReturnType(descriptor));
    mv.visitInsn(Type.getReturnType(descriptor).getOpcode(Opcodes.IRETURN));
    mv.visitMaxs(slots + 3, slots);
    mv.visitEnd();
  }

  /** As {@link ThreadStop#passOn}, which a class in {@code java.lang} cannot call. */
  private static void passOnStop(MethodVisitor mv) {
    Label other = new Label();
    mv.visitInsn(Opcodes.DUP);
    mv.visitTypeInsn(Opcodes.INSTANCEOF, "java/lang/ThreadDeath");
    mv.visitJumpInsn(Opcodes.IFEQ, other);
    mv.visitInsn(Opcodes.ATHROW);
    mv.visitLabel(other);
    mv.visitFrame(Opcodes.F_SAME1, 0, null, 1, new Object[] {"java/lang/Throwable"});
  }

  private static void warm(ClassWriter writer, String descriptor) {
    int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC;
    MethodVisitor mv = writer.visitMethod(access, "warm", "(L" + HANDLE + ";I)V", null, null);
    mv.visitCode();
    Label loop = new Label();
    Label done = new Label();
    mv.visitLabel(loop);
    mv.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
    mv.visitVarInsn(Opcodes.ILOAD, 1);
    mv.visitJumpInsn(Opcodes.IFLE, done);
    mv.visitIincInsn(1, -1);
    mv.visitVarInsn(Opcodes.ALOAD, 0);
    int slots = 0;
    for (Type type : Type.getArgumentTypes(descriptor)) {
      zero(mv, type);
      slots += type.getSize();
    }
    mv.visitMethodInsn(Opcodes.INVOKEVIRTUAL, HANDLE, "invokeExact", descriptor, false);
    if (Type.getReturnType(descriptor) == Type.LONG_TYPE) {
      mv.visitInsn(Opcodes.POP2);
    } else if (Type.getReturnType(descriptor) != Type.VOID_TYPE) {
      mv.visitInsn(Opcodes.POP);
    }
    mv.visitJumpInsn(Opcodes.GOTO, loop);
    mv.visitLabel(done);
    mv.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
    mv.visitInsn(Opcodes.RETURN);
    mv.visitMaxs(slots + 3, 2);
    mv.visitEnd();
  }

  private static void zero(MethodVisitor mv, Type type) {
    switch (type.getSort()) {
      case Type.VOID -> {}
      case Type.LONG -> mv.visitInsn(Opcodes.LCONST_0);
      case Type.INT -> mv.visitInsn(Opcodes.ICONST_0);
      default -> mv.visitInsn(Opcodes.ACONST_NULL);
    }
  }
}
