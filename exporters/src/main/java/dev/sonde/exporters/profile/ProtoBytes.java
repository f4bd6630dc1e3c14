package dev.sonde.exporters.profile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes protobuf messages: tags, varints, fixed64 and nested messages. Fields whose value is 0 or
 * empty are left out, as proto3 does.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf encoding</a>
 */
public final class ProtoBytes {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Writes an int32, int64, uint64, bool or enum field. */
  public ProtoBytes number(int field, long value) {
    if (value != 0) {
      raw((long) field << 3 | VARINT);
      raw(value);
    }
    return this;
  }

  public ProtoBytes fixed64(int field, long value) {
    if (value != 0) {
      raw((long) field << 3 | FIXED64);
      for (int shift = 0; shift < 64; shift += 8) {
        out.write((int) (value >>> shift));
      }
    }
    return this;
  }

  /** Writes a string, also an empty one: what stands in a repeated field must not be left out. */
  public ProtoBytes text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes a message, also an empty one. */
  public ProtoBytes message(int field, ProtoBytes value) {
    return bytes(field, value.toByteArray());
  }

  public ProtoBytes bytes(int field, byte[] value) {
    raw((long) field << 3 | LENGTH);
    raw(value.length);
    out.write(value, 0, value.length);
    return this;
  }

  /** Writes a repeated number in the packed form. */
  public ProtoBytes packed(int field, long[] values) {
    if (values.length == 0) {
      return this;
    }
    ProtoBytes packed = new ProtoBytes();
    for (long value : values) {
      packed.raw(value);
    }
    return bytes(field, packed.toByteArray());
  }

  private void raw(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }
}
