package dev.sonde.probes.method;

import java.util.Arrays;

/** Bytes that are written one after the other, in the order of a class file: big-endian. */
final class ByteSink {
  private byte[] bytes;
  private int size;

  ByteSink(int capacity) {
    bytes = new byte[capacity];
  }

  int size() {
    return size;
  }

  void u1(int value) {
    room(1);
    bytes[size++] = (byte) value;
  }

  void u2(int value) {
    room(2);
    bytes[size++] = (byte) (value >>> 8);
    bytes[size++] = (byte) value;
  }

  void u4(int value) {
    u2(value >>> 16);
    u2(value);
  }

  /** Writes {@code value} over the four bytes at {@code position}. */
  void u4At(int position, int value) {
    int end = size;
    size = position;
    u4(value);
    size = end;
  }

  /** Writes {@code value} over the two bytes at {@code position}. */
  void u2At(int position, int value) {
    int end = size;
    size = position;
    u2(value);
    size = end;
  }

  void copy(byte[] from, int offset, int length) {
    room(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
  }

  void copy(ByteSink from) {
    copy(from.bytes, 0, from.size);
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }
}
