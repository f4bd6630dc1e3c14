package dev.sonde.vm.btf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A named range of a file's bytes, read little-endian. Every access is checked: what lies outside
 * ends in an {@link ObjectFormatException} that names the range, never in anything else.
 */
public final class ObjectBytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] file;
  private final int from;
  private final int size;
  private final String where;

  private ObjectBytes(byte[] file, int from, int size, String where) {
    this.file = file;
    this.from = from;
    this.size = size;
    this.where = where;
  }

  /** Returns all of {@code file}, which errors call {@code where}; the array is not copied. */
  public static ObjectBytes of(byte[] file, String where) {
    return new ObjectBytes(file, 0, file.length, where);
  }

  public int size() {
    return size;
  }

  public String where() {
    return where;
  }

  /** Returns {@code sizeBytes} bytes from {@code offset}, under a name of their own. */
  public ObjectBytes slice(long offset, long sizeBytes, String name) {
    if (offset < 0 || sizeBytes < 0 || offset > size || sizeBytes > size - offset) {
      throw new ObjectFormatException(
          where,
          name,
          "%d B at offset %d".formatted(sizeBytes, offset),
          "a range within %d B".formatted(size));
    }
    return new ObjectBytes(file, from + (int) offset, (int) sizeBytes, where + ": " + name);
  }

  /** Checks that {@code sizeBytes} bytes from {@code offset} are there, before a list grows. */
  void requireRange(int offset, long sizeBytes) {
    if (sizeBytes > size - offset) {
      throw new ObjectFormatException(
          where, "list at offset " + offset, sizeBytes + " B", "at most " + (size - offset) + " B");
    }
  }

  public int u8(int offset) {
    return file[at(offset, 1)] & 0xff;
  }

  public int u16(int offset) {
    return (short) SHORT.get(file, at(offset, 2)) & 0xffff;
  }

  public int i32(int offset) {
    return (int) INT.get(file, at(offset, 4));
  }

  public long u32(int offset) {
    return i32(offset) & 0xffffffffL;
  }

  public long i64(int offset) {
    return (long) LONG.get(file, at(offset, 8));
  }

  /** Returns the NUL-terminated UTF-8 text at {@code offset}, at most {@code limitBytes} long. */
  public String text(long offset, int limitBytes) {
    if (offset < 0 || offset >= size) {
      throw new ObjectFormatException(where, "string offset", offset, "less than " + size);
    }
    int start = from + (int) offset;
    int limit = (int) Math.min(limitBytes, size - offset);
    for (int n = 0; n < limit; n++) {
      if (file[start + n] == 0) {
        return new String(file, start, n, StandardCharsets.UTF_8);
      }
    }
    throw new ObjectFormatException(
        where, "string at offset " + offset, "no end", "a NUL within " + limit + " B");
  }

  /** Returns a copy of the bytes. */
  public byte[] copy() {
    return java.util.Arrays.copyOfRange(file, from, from + size);
  }

  private int at(int offset, int width) {
    if (offset < 0 || offset > size - width) {
      throw new ObjectFormatException(
          where,
          "offset of a %d-byte field".formatted(width),
          offset,
          "a range within " + size + " B");
    }
    return from + offset;
  }
}
