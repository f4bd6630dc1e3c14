package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.Type;

/**
 * What woven code hands to a trampoline: {@code fire(long tag, [long entryTime], [Object slot],
 * arguments..., [result])}. Only arguments that the program reads travel; a primitive as a long of
 * its bits, a reference as itself. Methods of one shape share a trampoline.
 *
 * @param timed whether the entry time travels
 * @param slotted whether what the carrier's slot was at entry travels, as a guess
 * @param arguments bit i: argument i travels (the receiver is 0); arguments from 64 on never do
 * @param references bit i: argument i is a reference
 * @param result {@code V} none, {@code J} bits, {@code L} a reference
 */
record Shape(boolean timed, boolean slotted, long arguments, long references, char result) {
  private static final String OBJECT = "Ljava/lang/Object;";

  /** Method numbers are below this. */
  static final int MAX_ID = (1 << 24) - 1;

  /** Epochs are 1 to this, then 1 again: what an insn can push. */
  static final int MAX_EPOCH = Short.MAX_VALUE;

  /**
   * Returns what woven code says about itself: {@code u32 epoch, u8 argument count, u24 method
   * number} from the top. A method that was entered before a detach may return long after it, and
   * call a trampoline that serves another binding by then: its epoch is not that binding's.
   */
  static long tag(int epoch, int argumentCount, int methodId) {
    return (long) epoch << 32 | (long) Math.min(argumentCount, 255) << 24 | methodId & MAX_ID;
  }

  /** Returns the trampoline's descriptor. */
  String descriptor() {
    StringBuilder text = new StringBuilder("(J").append(timed ? "J" : "");
    text.append(slotted ? OBJECT : "");
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

  /** Tells whether objects travel, of which a program may get handles. */
  boolean hasReferences() {
    return references != 0 || result == 'L';
  }

  static boolean isReference(Type type) {
    return type.getSort() == Type.OBJECT || type.getSort() == Type.ARRAY;
  }

  /** Returns the result's letter for what a method returns. */
  static char resultOf(Type returned) {
    return returned == Type.VOID_TYPE ? 'V' : isReference(returned) ? 'L' : 'J';
  }
}
