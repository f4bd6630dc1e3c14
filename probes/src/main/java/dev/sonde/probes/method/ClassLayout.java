package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.ClassReader;

/** Where in a class file its methods and their code lie, for who does not want to visit it all. */
final class ClassLayout {
  private final ClassReader in;
  private final char[] text;

  ClassLayout(ClassReader in) {
    this.in = in;
    this.text = new char[in.getMaxStringLength()];
  }

  /** Returns where the number of methods stands; the first method is behind it. */
  int methods() {
    int at = in.header + 6;
    at += 2 + 2 * in.readUnsignedShort(at); // interfaces
    int fields = in.readUnsignedShort(at);
    at += 2;
    for (int i = 0; i < fields; i++) {
      at = afterAttributes(at + 6);
    }
    return at;
  }

  /** Returns what is behind the attributes whose number stands at {@code count}. */
  int afterAttributes(int count) {
    int at = count + 2;
    for (int i = in.readUnsignedShort(count); i > 0; i--) {
      at += 6 + in.readInt(at + 2);
    }
    return at;
  }

  /**
   * Returns where the attribute Code begins of a method whose number of attributes stands at {@code
   * count}; -1: it has none.
   */
  int codeOf(int count) {
    int at = count + 2;
    for (int i = in.readUnsignedShort(count); i > 0; i--) {
      if ("Code".equals(utf8(at))) {
        return at;
      }
      at += 6 + in.readInt(at + 2);
    }
    return -1;
  }

  /** Returns the text whose constant is named at {@code at}. */
  String utf8(int at) {
    return in.readUTF8(at, text);
  }
}
