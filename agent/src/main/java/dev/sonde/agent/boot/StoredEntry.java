package dev.sonde.agent.boot;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where an entry's bytes lie in a zip file, for one that is stored as it is (PKWARE's APPNOTE,
 * sections 4.3.7, 4.3.12 and 4.3.16). The JDK's own reader tells no offset, and its streams cost
 * several times what a read does.
 */
record StoredEntry(long offset, long size) {
  private static final int END_BYTES = 22;
  private static final int END = 0x06054b50;
  private static final int DIRECTORY_BYTES = 46;
  private static final int DIRECTORY = 0x02014b50;
  private static final int LOCAL_BYTES = 30;

  /** Sonde's jar has a dozen entries: what is longer is not the directory of that. */
  private static final int MAX_DIRECTORY_BYTES = 1 << 20;

  /** Returns null if there is no such entry, or the file is no zip file without a comment. */
  static StoredEntry find(RandomAccessFile zip, String name) throws IOException {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    long length = zip.length();
    ByteBuffer end = read(zip, Math.max(0, length - END_BYTES), (int) Math.min(length, END_BYTES));
    if (end.capacity() < END_BYTES || end.getInt(0) != END) {
      return null;
    }
    int directoryBytes = end.getInt(12);
    if (directoryBytes < 0 || directoryBytes > MAX_DIRECTORY_BYTES) {
      return null;
    }
    ByteBuffer directory = read(zip, end.getInt(16) & 0xffff_ffffL, directoryBytes);
    int at = 0;
    while (at + DIRECTORY_BYTES <= directory.capacity() && directory.getInt(at) == DIRECTORY) {
      int nameBytes = directory.getShort(at + 28) & 0xffff;
      byte[] found = new byte[Math.min(nameBytes, directory.capacity() - at - DIRECTORY_BYTES)];
      directory.position(at + DIRECTORY_BYTES).get(found);
      boolean stored = directory.getShort(at + 10) == 0;
      if (stored && Arrays.equals(found, wanted)) {
        return of(zip, directory, at);
      }
      int extraBytes = directory.getShort(at + 30) & 0xffff;
      int commentBytes = directory.getShort(at + 32) & 0xffff;
      at += DIRECTORY_BYTES + nameBytes + extraBytes + commentBytes;
    }
    return null;
  }

  private static StoredEntry of(RandomAccessFile zip, ByteBuffer directory, int at)
      throws IOException {
    long local = directory.getInt(at + 42) & 0xffff_ffffL;
    ByteBuffer header = read(zip, local, LOCAL_BYTES);
    int nameBytes = header.getShort(26) & 0xffff;
    int extraBytes = header.getShort(28) & 0xffff;
    long size = directory.getInt(at + 24) & 0xffff_ffffL;
    return new StoredEntry(local + LOCAL_BYTES + nameBytes + extraBytes, size);
  }

  private static ByteBuffer read(RandomAccessFile zip, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    zip.seek(offset);
    zip.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
