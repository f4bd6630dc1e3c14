package dev.sonde.ringbuf;

import java.nio.ByteBuffer;

/** Takes the records of a ring, one by one. */
@FunctionalInterface
public interface RecordHandler {
  /**
   * Takes one record: the bytes from {@code offsetBytes} to {@code offsetBytes + lengthBytes} of
   * {@code data}, native order. They are borrowed: do not keep them past the return, and do not
   * move the buffer's position.
   */
  void record(ByteBuffer data, int offsetBytes, int lengthBytes);
}
