package dev.sonde.probes.jfr;

import dev.sonde.vm.memory.RawMemory;
import java.nio.charset.StandardCharsets;

/**
 * A member of an event's struct.
 *
 * @param name as C spells it
 * @param shape its C type
 * @param elements bytes of a text, else 1
 * @param offsetBytes from the start of the context
 * @param comment what it means, with its unit
 * @param source takes the value out of an event: a Number, or a String for a text
 */
record JfrMember(
    String name, Shape shape, int elements, int offsetBytes, String comment, JfrSource source) {

  /** The C types that fields of events become. */
  enum Shape {
    S8("__s8", 1),
    S16("__s16", 2),
    U16("__u16", 2),
    S32("__s32", 4),
    S64("__s64", 8),
    /** The bits of a float. */
    F32("__u32", 4),
    /** The bits of a double. */
    F64("__u64", 8),
    /** UTF-8, ended by a zero byte, cut where it does not fit. */
    TEXT("char", 1);

    final String cType;
    final int sizeBytes;

    Shape(String cType, int sizeBytes) {
      this.cType = cType;
      this.sizeBytes = sizeBytes;
    }
  }

  int sizeBytes() {
    return shape.sizeBytes * elements;
  }

  /** Writes {@code value}; one that is missing is zero. */
  void write(long contextAddress, Object value) {
    long address = contextAddress + offsetBytes;
    if (shape == Shape.TEXT) {
      writeText(address, value.toString());
      return;
    }
    if (!(value instanceof Number number)) {
      return;
    }
    switch (shape) {
      case S8 -> RawMemory.putByte(address, number.byteValue());
      case S16, U16 -> RawMemory.putShort(address, number.shortValue());
      case S32 -> RawMemory.putInt(address, number.intValue());
      case S64 -> RawMemory.putLong(address, number.longValue());
      case F32 -> RawMemory.putInt(address, Float.floatToRawIntBits(number.floatValue()));
      case F64 -> RawMemory.putLong(address, Double.doubleToRawLongBits(number.doubleValue()));
      case TEXT -> throw new IllegalStateException(name + ": a text is written above");
    }
  }

  private void writeText(long address, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, elements - 1);
    while (length < bytes.length && length > 0 && (bytes[length] & 0xc0) == 0x80) {
      length--; // no half a character
    }
    RawMemory.write(address, bytes, length);
  }
}
