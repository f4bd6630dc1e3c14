package dev.sonde.agent.pack;

import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** What turns a value of one type into one of another between an interface's method and a body. */
final class Conversion {
  private static final String OBJECT = "java/lang/Object";

  private static final Type[] PRIMITIVES = {
    Type.BOOLEAN_TYPE, Type.CHAR_TYPE, Type.BYTE_TYPE, Type.SHORT_TYPE,
    Type.INT_TYPE, Type.LONG_TYPE, Type.FLOAT_TYPE, Type.DOUBLE_TYPE
  };

  private Conversion() {}

  /** An argument that is given as {@code erased}, known to be {@code exact}, as {@code wanted}. */
  static void argument(MethodVisitor code, Type erased, Type exact, Type wanted) {
    if (isPrimitive(erased)) {
      convert(code, erased, wanted);
    } else {
      cast(code, erased, exact);
      convert(code, exact, wanted);
    }
  }

  /** What a body returned, as the interface's method returns it. */
  static void result(MethodVisitor code, Type returned, Type exact, Type erased) {
    if (erased.getSort() == Type.VOID) {
      if (returned.getSort() != Type.VOID) {
        code.visitInsn(returned.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
      }
      return;
    }
    if (isPrimitive(returned) && !isPrimitive(exact)) {
      box(code, returned);
    } else {
      convert(code, returned, isPrimitive(erased) ? erased : exact);
      if (!isPrimitive(erased)) {
        cast(code, returned, erased);
      }
    }
  }

  /** References are left as they are: javac has seen that the one is the other. */
  private static void convert(MethodVisitor code, Type from, Type to) {
    if (isPrimitive(from) && isPrimitive(to)) {
      widen(code, from, to);
    } else if (isPrimitive(from)) {
      box(code, from);
    } else if (isPrimitive(to)) {
      Type own = unboxed(from, to);
      cast(code, from, boxed(own));
      String owner = boxed(own).getInternalName();
      String method = own.getClassName() + "Value";
      code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, owner, method, "()" + own, false);
      widen(code, own, to);
    }
  }

  private static void cast(MethodVisitor code, Type from, Type to) {
    if (!from.equals(to) && !to.getInternalName().equals(OBJECT)) {
      code.visitTypeInsn(Opcodes.CHECKCAST, to.getInternalName());
    }
  }

  private static void box(MethodVisitor code, Type from) {
    Type box = boxed(from);
    String type = Type.getMethodDescriptor(box, from);
    code.visitMethodInsn(Opcodes.INVOKESTATIC, box.getInternalName(), "valueOf", type, false);
  }

  private static void widen(MethodVisitor code, Type from, Type to) {
    int target = to.getSort();
    if (from.getSort() == target || target <= Type.INT) {
      return; // what is narrower than an int is one on the stack
    }
    switch (from.getSort()) {
      case Type.LONG -> code.visitInsn(target == Type.FLOAT ? Opcodes.L2F : Opcodes.L2D);
      case Type.FLOAT -> code.visitInsn(Opcodes.F2D);
      default ->
          code.visitInsn(
              switch (target) {
                case Type.LONG -> Opcodes.I2L;
                case Type.FLOAT -> Opcodes.I2F;
                default -> Opcodes.I2D;
              });
    }
  }

  private static Type unboxed(Type box, Type otherwise) {
    for (Type primitive : PRIMITIVES) {
      if (boxed(primitive).equals(box)) {
        return primitive;
      }
    }
    return otherwise;
  }

  /** Returns the class of the objects that hold a {@code primitive}. */
  static Type boxed(Type primitive) {
    return Type.getObjectType(
        switch (primitive.getSort()) {
          case Type.BOOLEAN -> "java/lang/Boolean";
          case Type.CHAR -> "java/lang/Character";
          case Type.BYTE -> "java/lang/Byte";
          case Type.SHORT -> "java/lang/Short";
          case Type.INT -> "java/lang/Integer";
          case Type.LONG -> "java/lang/Long";
          case Type.FLOAT -> "java/lang/Float";
          default -> "java/lang/Double";
        });
  }

  static boolean isPrimitive(Type type) {
    return type.getSort() < Type.ARRAY;
  }
}
