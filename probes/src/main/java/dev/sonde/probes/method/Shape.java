package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.Type;

/**
 * What woven code hands to a trampoline: {@code fire(int idAndCount, [long entryTime], arguments...,
 * [result])}. Only arguments that the program reads travel; a primitive as a long of its bits, a
 * reference as itself. Methods of one shape share a trampoline.
 *
 * @param timed whether the entry time travels
 * @param arguments bit i: argument i travels (the receiver is 0); arguments from 64 on never do
 * @param references bit i: argument i is a reference
 * @param result {@code V} none, {@code J} bits, {@code L} a reference
 */
record Shape(boolean timed, long arguments, long references, char result) {
  private static final String OBJECT = "Ljava/lang/Object;";

  /** The bits of idAndCount that hold the method's number; its argument count is above them. */
  static final int ID_BITS = 24;

  static final int MAX_ID = (1 << ID_BITS) - 1;

  /** Returns the trampoline's descriptor. */
  String descriptor() {
    StringBuilder text = new StringBuilder("(I").append(timed ? "J" : "");
    for (int i = 0; i < Long.SIZE; i++) {
      if (has(i)) {
        text.append(isReference(i) ? OBJECT : "J");
      }
    }
    text.append(result == 'L' ? OBJECT : result == 'J' ? "J" : "");
    return text.append(")V").toString();
  }

  boolean has(int argument) {
    return argument < Long.SIZE && (arguments >>> argument & 1) != 0;
  }

  boolean isReference(int argument) {
    return (references >>> argument & 1) != 0;
  }

  static boolean isReference(Type type) {
    return type.getSort() == Type.OBJECT || type.getSort() == Type.ARRAY;
  }

  /** Returns the result's letter for what a method returns. */
  static char resultOf(Type returned) {
    return returned == Type.VOID_TYPE ? 'V' : isReference(returned) ? 'L' : 'J';
  }
}
