package dev.sonde.agent.pack;

import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes the {@code equals} and {@code hashCode} that a record has of the compiler as plain code;
 * {@code toString} stays as it is: it is for error messages.
 */
final class RecordMethods extends ClassVisitor {
  private String name = "";
  private final List<Handle> written = new ArrayList<>();
  private List<Handle> components = List.of();

  RecordMethods(ClassVisitor out) {
    super(Opcodes.ASM9, out);
  }

  @Override
  public void visit(
      int version, int access, String name, String signature, String superName, String[] types) {
    this.name = name;
    super.visit(version, access, name, signature, superName, types);
  }

  @Override
  public MethodVisitor visitMethod(
      int access, String method, String type, String signature, String[] exceptions) {
    MethodVisitor code = super.visitMethod(access, method, type, signature, exceptions);
    return new MethodVisitor(Opcodes.ASM9, code) {
      @Override
      public void visitInvokeDynamicInsn(
          String site, String siteType, Handle bootstrap, Object... arguments) {
        boolean ofRecord = bootstrap.getOwner().equals("java/lang/runtime/ObjectMethods");
        if (ofRecord && !site.equals("toString")) {
          int tag = Opcodes.H_INVOKESTATIC;
          written.add(new Handle(tag, name, "$" + site, siteType, false));
          components = componentsOf(arguments);
          super.visitMethodInsn(Opcodes.INVOKESTATIC, name, "$" + site, siteType, false);
        } else {
          super.visitInvokeDynamicInsn(site, siteType, bootstrap, arguments);
        }
      }
    };
  }

  /** The arguments are the class, the components' names in one string, and a getter each. */
  private static List<Handle> componentsOf(Object[] arguments) {
    List<Handle> getters = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      getters.add((Handle) arguments[i]);
    }
    return getters;
  }

  @Override
  public void visitEnd() {
    for (Handle method : written) {
      int access = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC;
      MethodVisitor code =
          super.visitMethod(access, method.getName(), method.getDesc(), null, null);
      code.visitCode();
      if (method.getName().equals("$hashCode")) {
        hashCode(code);
      } else {
        equals(code);
      }
      code.visitEnd();
    }
    super.visitEnd();
  }

  private void hashCode(MethodVisitor code) {
    code.visitInsn(Opcodes.ICONST_0);
    for (Handle component : components) {
      code.visitIntInsn(Opcodes.BIPUSH, 31);
      code.visitInsn(Opcodes.IMUL);
      load(code, 0, component);
      Type type = Type.getType(component.getDesc());
      String argument = Conversion.isPrimitive(type) ? type.getDescriptor() : "Ljava/lang/Object;";
      String owner =
          Conversion.isPrimitive(type)
              ? Conversion.boxed(type).getInternalName()
              : "java/util/Objects";
      code.visitMethodInsn(Opcodes.INVOKESTATIC, owner, "hashCode", "(" + argument + ")I", false);
      code.visitInsn(Opcodes.IADD);
    }
    code.visitInsn(Opcodes.IRETURN);
    code.visitMaxs(3, 1);
  }

  private void equals(MethodVisitor code) {
    Label differ = new Label();
    code.visitVarInsn(Opcodes.ALOAD, 1);
    code.visitTypeInsn(Opcodes.INSTANCEOF, name);
    code.visitJumpInsn(Opcodes.IFEQ, differ);
    for (Handle component : components) {
      load(code, 0, component);
      load(code, 1, component);
      Type type = Type.getType(component.getDesc());
      if (!Conversion.isPrimitive(type)) {
        String objects = "(Ljava/lang/Object;Ljava/lang/Object;)Z";
        code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/util/Objects", "equals", objects, false);
        code.visitJumpInsn(Opcodes.IFEQ, differ);
      } else { // compare() of a float or double finds NaN equal to itself, as a record does
        String compare = "(" + type + type + ")I";
        String box = Conversion.boxed(type).getInternalName();
        code.visitMethodInsn(Opcodes.INVOKESTATIC, box, "compare", compare, false);
        code.visitJumpInsn(Opcodes.IFNE, differ);
      }
    }
    code.visitInsn(Opcodes.ICONST_1);
    code.visitInsn(Opcodes.IRETURN);
    code.visitLabel(differ);
    code.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
    code.visitInsn(Opcodes.ICONST_0);
    code.visitInsn(Opcodes.IRETURN);
    code.visitMaxs(4, 2);
  }

  private void load(MethodVisitor code, int local, Handle component) {
    code.visitVarInsn(Opcodes.ALOAD, local);
    if (local != 0) {
      code.visitTypeInsn(Opcodes.CHECKCAST, name);
    }
    code.visitFieldInsn(Opcodes.GETFIELD, name, component.getName(), component.getDesc());
  }
}
