package dev.sonde.probes.unwind;

import java.nio.ByteBuffer;

/**
 * The bytes above a thread's stack pointer as they were at the event. Addresses outside of it are
 * not held, whatever a frame claims.
 */
public final class StackWindow {
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int offset;
  private int sizeBytes;
  private long base;

  /** Moves the window over {@code sizeBytes} of {@code bytes}, the first of which lay at base. */
  public void set(ByteBuffer bytes, int from, int length, long baseAddress) {
    buffer = bytes;
    offset = from;
    sizeBytes = length;
    base = baseAddress;
  }

  /** Tells whether all eight bytes at {@code address} were copied. */
  public boolean holds(long address) {
    long at = address - base;
    return at >= 0 && at <= sizeBytes - 8L;
  }

  /** Returns the eight bytes at {@code address}, which it must hold. */
  public long at(long address) {
    return buffer.getLong(offset + (int) (address - base));
  }

  public long base() {
    return base;
  }

  /** Returns the first address beyond the copy. */
  public long end() {
    return base + sizeBytes;
  }
}
