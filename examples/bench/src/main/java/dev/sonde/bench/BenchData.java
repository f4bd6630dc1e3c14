package dev.sonde.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** The 4 KiB that every benchmark program runs on, on every engine. */
final class BenchData {
  private static final int BYTES = 4096;
  private static final int STRINGS = 3072;

  private BenchData() {}

  /** Returns words below 2^20, with frames of Ethernet and two strings among them. */
  static byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    SplittableRandom random = new SplittableRandom(1);
    while (buffer.hasRemaining()) {
      buffer.putInt(random.nextInt() >>> random.nextInt(12, 28) | 1);
    }
    for (int i = 0; i < 2 * 64; i++) {
      buffer.put(STRINGS + i, (byte) ('a' + i % 64 % 26));
    }
    buffer.put(STRINGS + 60, (byte) 'z'); // they differ late
    for (int frame = 0; frame < 8; frame++) {
      int at = frame * 128 + 12;
      boolean tagged = frame % 3 == 1;
      buffer.putShort(at, Short.reverseBytes((short) (tagged ? 0x8100 : 0x0800)));
      int header = tagged ? at + 6 : at + 2;
      buffer.putShort(header - 2, Short.reverseBytes((short) 0x0800));
      buffer.put(header, (byte) (0x45 + frame % 2));
      buffer.put(header + 9, (byte) (frame % 2 == 0 ? 6 : 17));
    }
    return buffer.array();
  }
}
