package dev.sonde.probes.uprobe;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;

/** Machine code from a file. */
final class InsnBytes {
  private InsnBytes() {}

  /** Returns up to {@code count} bytes from {@code offset} on; none where they cannot be read. */
  static byte[] read(Path file, long offset, int count) {
    byte[] bytes = new byte[count];
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(offset);
      return Arrays.copyOf(bytes, Math.max(0, in.read(bytes)));
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
