package dev.sonde.jit.emit;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import net.bytebuddy.jar.asm.Opcodes;

/** What the JVM's specification calls its instructions, from the names of the constants. */
final class Mnemonics {
  private static final Map<Integer, String> BY_OPCODE = read();

  private Mnemonics() {}

  static String of(int opcode) {
    return BY_OPCODE.getOrDefault(opcode, "0x" + Integer.toHexString(opcode));
  }

  /** The first instruction is NOP; what comes before it in the class are flags and versions. */
  private static Map<Integer, String> read() {
    Map<Integer, String> names = new HashMap<>();
    boolean instructions = false;
    for (Field field : Opcodes.class.getFields()) {
      instructions |= field.getName().equals("NOP");
      if (instructions && field.getType() == int.class) {
        try {
          names.put(field.getInt(null), field.getName().toLowerCase(Locale.ROOT));
        } catch (IllegalAccessException impossible) {
          throw new IllegalStateException(impossible); // constants of an interface are public
        }
      }
    }
    return names;
  }
}
