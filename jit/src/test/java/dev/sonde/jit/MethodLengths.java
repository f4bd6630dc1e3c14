package dev.sonde.jit;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** How many bytes of bytecode the methods of a class file have (JVMS, chapter 4). */
final class MethodLengths {
  private final DataInputStream in;
  private final Map<Integer, String> names = new TreeMap<>();
  private final Map<String, Integer> lengths = new TreeMap<>();

  private MethodLengths(byte[] classFile) {
    in = new DataInputStream(new ByteArrayInputStream(classFile));
  }

  /** Returns the lengths by the methods' names. */
  static Map<String, Integer> of(byte[] classFile) throws IOException {
    MethodLengths reader = new MethodLengths(classFile);
    reader.read();
    return reader.lengths;
  }

  private void read() throws IOException {
    in.skipNBytes(8);
    int constants = in.readUnsignedShort();
    for (int i = 1; i < constants; i++) {
      i += constant(i);
    }
    in.skipNBytes(6);
    in.skipNBytes(2L * in.readUnsignedShort());
    members();
    members();
  }

  /** Returns 1 for a constant that takes two places. */
  private int constant(int index) throws IOException {
    int tag = in.readUnsignedByte();
    switch (tag) {
      case 1 -> names.put(index, in.readUTF());
      case 5, 6 -> in.skipNBytes(8);
      case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
      case 15 -> in.skipNBytes(3);
      default -> in.skipNBytes(4);
    }
    return tag == 5 || tag == 6 ? 1 : 0;
  }

  private void members() throws IOException {
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      in.skipNBytes(2);
      String name = names.get(in.readUnsignedShort());
      in.skipNBytes(2);
      for (int attributes = in.readUnsignedShort(); attributes > 0; attributes--) {
        boolean code = "Code".equals(names.get(in.readUnsignedShort()));
        int size = in.readInt();
        if (code) {
          in.skipNBytes(4);
          lengths.put(name, in.readInt());
          size -= 8;
        }
        in.skipNBytes(size);
      }
    }
  }
}
