package dev.sonde.verifier.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** BTF that is being written, type after type. Layout: include/uapi/linux/btf.h. */
final class BtfBytes {
  static final int INT = 1;
  static final int PTR = 2;
  static final int STRUCT = 4;
  static final int FUNC = 12;
  static final int FUNC_PROTO = 13;
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int SIGNED = 1 << 24;

  private final List<Integer> words = new ArrayList<>();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private int types;

  BtfBytes() {
    strings.write(0);
  }

  /** Returns the place of {@code name} in the table of strings; 0 of none. */
  int name(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    int at = strings.size();
    strings.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    strings.write(0);
    return at;
  }

  /**
   * Adds a type and returns its id.
   *
   * @param count the members or parameters, or a function's linkage
   * @param more what follows the three words that every kind has
   */
  int add(int kind, String name, int count, int sizeOrType, int... more) {
    words.add(name(name));
    words.add(kind << 24 | count);
    words.add(sizeOrType);
    for (int word : more) {
      words.add(word);
    }
    return ++types;
  }

  /** Adds a signed int of so many bytes. */
  int addInt(String name, int bytes) {
    return add(INT, name, 0, bytes, SIGNED | 8 * bytes);
  }

  byte[] toBytes() {
    int typeBytes = Integer.BYTES * words.size();
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + typeBytes + strings.size());
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putShort((short) MAGIC).put((byte) 1).put((byte) 0).putInt(HEADER_BYTES);
    out.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(strings.size());
    words.forEach(out::putInt);
    return out.put(strings.toByteArray()).array();
  }
}
