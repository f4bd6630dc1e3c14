package dev.sonde.agent.pack;

import java.util.List;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * The class that one lambda or method reference becomes: what {@code LambdaMetafactory} would spin
 * when it is first reached, as an ordinary nest mate of the class that it stands in.
 *
 * @param name its internal name
 * @param nestHost the host of the nest of the class that the lambda stands in
 * @param site the descriptor of the call site: captured values, and the interface
 * @param method the name of the interface's method
 * @param erased its descriptor
 * @param exact the same after type arguments have been put in
 * @param body what is called
 */
record LambdaClass(
    String name,
    String nestHost,
    int version,
    Type site,
    String method,
    Type erased,
    Type exact,
    Handle body) {
  /** The static method that makes an instance of captured values; the descriptor is the site's. */
  static final String MAKE = "make";

  private static final String INSTANCE = "INSTANCE";

  /** Tells whether the body can be called from a nest mate. */
  static boolean canCall(Handle body) {
    return List.of(
            Opcodes.H_INVOKESTATIC,
            Opcodes.H_INVOKEVIRTUAL,
            Opcodes.H_INVOKEINTERFACE,
            Opcodes.H_NEWINVOKESPECIAL)
        .contains(body.getTag());
  }

  byte[] bytes() {
    ClassWriter out = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    String[] interfaces = {site.getReturnType().getInternalName()};
    int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
    out.visit(version, access, name, null, "java/lang/Object", interfaces);
    out.visitNestHost(nestHost);
    Type[] captured = site.getArgumentTypes();
    for (int i = 0; i < captured.length; i++) {
      int field = Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL;
      out.visitField(field, "c" + i, captured[i].getDescriptor(), null, null).visitEnd();
    }
    constructor(out, captured);
    if (captured.length == 0) {
      instance(out);
    }
    make(out, captured);
    method(out, captured);
    out.visitEnd();
    return out.toByteArray();
  }

  private void constructor(ClassWriter out, Type[] captured) {
    MethodVisitor code = begin(out, Opcodes.ACC_PRIVATE, "<init>", constructorType(captured));
    code.visitVarInsn(Opcodes.ALOAD, 0);
    code.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
    int local = 1;
    for (int i = 0; i < captured.length; i++) {
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitVarInsn(captured[i].getOpcode(Opcodes.ILOAD), local);
      code.visitFieldInsn(Opcodes.PUTFIELD, name, "c" + i, captured[i].getDescriptor());
      local += captured[i].getSize();
    }
    end(code, Opcodes.RETURN);
  }

  /** What captures nothing is one object, as the JVM's own would be. */
  private void instance(ClassWriter out) {
    int access = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL;
    out.visitField(access, INSTANCE, "L" + name + ";", null, null).visitEnd();
    MethodVisitor code = begin(out, Opcodes.ACC_STATIC, "<clinit>", "()V");
    create(code, new Type[0]);
    code.visitFieldInsn(Opcodes.PUTSTATIC, name, INSTANCE, "L" + name + ";");
    end(code, Opcodes.RETURN);
  }

  private void make(ClassWriter out, Type[] captured) {
    MethodVisitor code = begin(out, Opcodes.ACC_STATIC, MAKE, site.getDescriptor());
    if (captured.length == 0) {
      code.visitFieldInsn(Opcodes.GETSTATIC, name, INSTANCE, "L" + name + ";");
    } else {
      create(code, captured);
    }
    end(code, Opcodes.ARETURN);
  }

  private void create(MethodVisitor code, Type[] captured) {
    code.visitTypeInsn(Opcodes.NEW, name);
    code.visitInsn(Opcodes.DUP);
    int local = 0;
    for (Type type : captured) {
      code.visitVarInsn(type.getOpcode(Opcodes.ILOAD), local);
      local += type.getSize();
    }
    code.visitMethodInsn(Opcodes.INVOKESPECIAL, name, "<init>", constructorType(captured), false);
  }

  private void method(ClassWriter out, Type[] captured) {
    MethodVisitor code = begin(out, Opcodes.ACC_PUBLIC, method, erased.getDescriptor());
    boolean creates = body.getTag() == Opcodes.H_NEWINVOKESPECIAL;
    if (creates) {
      code.visitTypeInsn(Opcodes.NEW, body.getOwner());
      code.visitInsn(Opcodes.DUP);
    }
    for (int i = 0; i < captured.length; i++) {
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitFieldInsn(Opcodes.GETFIELD, name, "c" + i, captured[i].getDescriptor());
    }
    arguments(code, captured.length);
    code.visitMethodInsn(
        opcode(), body.getOwner(), body.getName(), body.getDesc(), body.isInterface());
    Type returned =
        creates ? Type.getObjectType(body.getOwner()) : Type.getReturnType(body.getDesc());
    Conversion.result(code, returned, exact.getReturnType(), erased.getReturnType());
    end(code, erased.getReturnType().getOpcode(Opcodes.IRETURN));
  }

  /** Loads the arguments of the interface's method as the body wants them. */
  private void arguments(MethodVisitor code, int captured) {
    Type[] given = erased.getArgumentTypes();
    Type[] known = exact.getArgumentTypes();
    Type[] wanted = parameters();
    int local = 1;
    for (int i = 0; i < given.length; i++) {
      code.visitVarInsn(given[i].getOpcode(Opcodes.ILOAD), local);
      local += given[i].getSize();
      Conversion.argument(code, given[i], known[i], wanted[captured + i]);
    }
  }

  /** Returns what the body takes, the receiver first where it has one. */
  private Type[] parameters() {
    Type[] declared = Type.getArgumentTypes(body.getDesc());
    boolean receiver =
        body.getTag() == Opcodes.H_INVOKEVIRTUAL || body.getTag() == Opcodes.H_INVOKEINTERFACE;
    if (!receiver) {
      return declared;
    }
    Type[] all = new Type[declared.length + 1];
    all[0] = Type.getObjectType(body.getOwner());
    System.arraycopy(declared, 0, all, 1, declared.length);
    return all;
  }

  private int opcode() {
    return switch (body.getTag()) {
      case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
      case Opcodes.H_INVOKEVIRTUAL -> Opcodes.INVOKEVIRTUAL;
      case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
      default -> Opcodes.INVOKESPECIAL;
    };
  }

  private static String constructorType(Type[] captured) {
    return Type.getMethodDescriptor(Type.VOID_TYPE, captured);
  }

  private static MethodVisitor begin(ClassWriter out, int access, String name, String type) {
    MethodVisitor code = out.visitMethod(access, name, type, null, null);
    code.visitCode();
    return code;
  }

  private static void end(MethodVisitor code, int returnOpcode) {
    code.visitInsn(returnOpcode);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }
}
