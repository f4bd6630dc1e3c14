package dev.sonde.probes.elf;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * Where the bytes of an image come from. Always copies: a mapped file that shrinks would end our
 * process.
 */
interface FileBytes {
  long size();

  /** Returns exactly {@code length} bytes. */
  byte[] read(long offset, int length) throws IOException;

  static FileBytes of(byte[] bytes) {
    return new FileBytes() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public byte[] read(long offset, int length) {
        return java.util.Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
      }
    };
  }

  static FileBytes of(Path file) throws IOException {
    long size;
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      size = in.length();
    }
    return new FileBytes() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public byte[] read(long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
          in.seek(offset);
          in.readFully(bytes);
          return bytes;
        } catch (EOFException shrunk) {
          throw new IOException(
              "%s: got its end within %d B at offset %d, want the file as it was opened"
                  .formatted(file, length, offset),
              shrunk);
        }
      }
    };
  }
}
