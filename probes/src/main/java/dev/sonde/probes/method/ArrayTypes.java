package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** The source names of the array classes that insns make. */
final class ArrayTypes {
  private ArrayTypes() {}

  /** Returns the name of what {@code anewarray elementType} makes. */
  static String arrayOfReference(String elementType) {
    return Type.getObjectType(elementType).getClassName() + "[]";
  }

  /** Returns the name of what {@code newarray code} makes. */
  static String arrayOfPrimitive(int code) {
    return switch (code) {
      case Opcodes.T_BOOLEAN -> "boolean[]";
      case Opcodes.T_CHAR -> "char[]";
      case Opcodes.T_FLOAT -> "float[]";
      case Opcodes.T_DOUBLE -> "double[]";
      case Opcodes.T_BYTE -> "byte[]";
      case Opcodes.T_SHORT -> "short[]";
      case Opcodes.T_INT -> "int[]";
      default -> "long[]";
    };
  }

  static String named(String descriptor) {
    return Type.getType(descriptor).getClassName();
  }
}
