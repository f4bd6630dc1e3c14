package dev.sonde.probes.unwind;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;

/**
 * Reads DWARF's encodings one after the other; what ends before it is complete is a format error.
 */
final class DwarfCursor {
  // the low half of a pointer's encoding; the high half says what it is relative to
  private static final int OMIT = 0xff;
  private static final int PC_RELATIVE = 0x10;
  private static final int DATA_RELATIVE = 0x30;

  private final ObjectBytes bytes;
  private final long baseAddress; // of byte 0 in memory
  private final long dataAddress; // what "data relative" is relative to
  private int at;

  DwarfCursor(ObjectBytes bytes, int at, long baseAddress, long dataAddress) {
    this.bytes = bytes;
    this.at = at;
    this.baseAddress = baseAddress;
    this.dataAddress = dataAddress;
  }

  int position() {
    return at;
  }

  void moveTo(int position) {
    at = position;
  }

  void skip(long count) {
    if (count < 0 || count > bytes.size() - at) {
      throw new ObjectFormatException(
          bytes.where(), "block at offset " + at, count + " B", "at most " + (bytes.size() - at));
    }
    at += (int) count;
  }

  int u8() {
    return bytes.u8(at++);
  }

  int u16() {
    at += 2;
    return bytes.u16(at - 2);
  }

  int i32() {
    at += 4;
    return bytes.i32(at - 4);
  }

  long i64() {
    at += 8;
    return bytes.i64(at - 8);
  }

  long uleb() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = u8();
      value |= shift < 64 ? (long) (b & 0x7f) << shift : 0;
      if (b < 0x80) {
        return value;
      }
    }
  }

  long sleb() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = u8();
      value |= shift < 64 ? (long) (b & 0x7f) << shift : 0;
      if (b < 0x80) {
        int filled = shift + 7;
        return (b & 0x40) != 0 && filled < 64 ? value | -1L << filled : value;
      }
    }
  }

  /** Returns the next {@code length} bytes as a range of their own. */
  ObjectBytes block(long length) {
    ObjectBytes block = bytes.slice(at, length, "expression");
    at += (int) length;
    return block;
  }

  String text() {
    String text = bytes.text(at, 64);
    at += text.length() + 1;
    return text;
  }

  /** Reads a pointer in an encoding of {@code .eh_frame} (LSB core, "DWARF extensions"). */
  long pointer(int encoding) {
    if (encoding == OMIT) {
      return 0;
    }
    long here = baseAddress + at;
    long value =
        switch (encoding & 0xf) {
          case 0, 4, 0xc -> i64();
          case 1 -> uleb();
          case 2 -> u16();
          case 3 -> i32() & 0xffff_ffffL;
          case 9 -> sleb();
          case 0xa -> (short) u16();
          case 0xb -> i32();
          default -> throw bad("pointer format", encoding);
        };
    if (value == 0) {
      return 0; // no pointer, whatever it were relative to
    }
    return switch (encoding & 0x70) {
      case 0 -> value;
      case PC_RELATIVE -> here + value;
      case DATA_RELATIVE -> dataAddress + value;
      default -> throw bad("pointer application", encoding);
    };
  }

  /** Reads a pointer of 4 bytes that is relative to the data: libjvm's table has 60,000 pairs. */
  long dataRelative() {
    int value = i32();
    return value == 0 ? 0 : dataAddress + value;
  }

  ObjectFormatException bad(String what, int got) {
    return new ObjectFormatException(
        bytes.where(), what, "0x" + Integer.toHexString(got), "one that .eh_frame has");
  }
}
