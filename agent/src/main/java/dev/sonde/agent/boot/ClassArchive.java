package dev.sonde.agent.boot;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Sonde and its libraries, thousands of files, in one stored entry of the jar: a zip directory of
 * that length would be read, hashed and compiled for at every start, whatever is used of it.
 *
 * <p>Layout, big endian; rows are sorted by hash, which is {@link String#hashCode} of the name, and
 * the files lie in the order of the rows:
 *
 * <pre>
 * u32 magic, u32 count, u32 bytes of the whole, u32 CRC-32 of the rows
 * count times: u32 hash, u32 offset of the file from the end of the rows, u32 stored, u32 length, u32 CRC-32 of the file
 * files: u16 and the name in UTF-8, then the bytes; deflated where stored and length differ
 * </pre>
 *
 * <p>The file is read, not mapped: a jar that is replaced under a running JVM must not crash it.
 * Sums are checked, so that it does not run what a damaged jar holds either.
 */
final class ClassArchive {
  static final String ENTRY = "inst.archive";
  static final int MAGIC = 0x50DE_0001; // the last digits are the layout's version
  static final int HEAD_BYTES = 16;
  static final int ROW_BYTES = 20;

  private final ZipFile jar;
  private final ZipEntry entry;
  private final int count;
  private final ByteBuffer rows;

  /**
   * @throws IOException if the jar has no archive, or one that is cut off or damaged
   */
  ClassArchive(File jarPath) throws IOException {
    jar = new ZipFile(jarPath);
    try {
      entry = jar.getEntry(ENTRY);
      if (entry == null) {
        throw new IOException(jarPath + ": no entry " + ENTRY + ", want Sonde's own jar");
      }
      try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
        byte[] head = new byte[HEAD_BYTES];
        readFully(in, head);
        ByteBuffer fields = ByteBuffer.wrap(head);
        expect(fields.getInt() == MAGIC, "of another version");
        count = fields.getInt();
        int size = fields.getInt();
        expect(size == entry.getSize(), "cut off");
        expect(count >= 0 && count <= (size - HEAD_BYTES) / ROW_BYTES, "damaged");
        byte[] table = new byte[count * ROW_BYTES];
        readFully(in, table);
        expect(sumOf(table, 0) == fields.getInt(), "damaged");
        rows = ByteBuffer.wrap(table);
      }
    } catch (IOException | RuntimeException e) {
      jar.close();
      throw e;
    }
  }

  /** Tells whether there is a file of this name, or one whose name has the same hash. */
  boolean mayHold(String name) {
    return find(name.hashCode()) >= 0;
  }

  /**
   * Returns the bytes of the file called {@code name}, or null when there is none.
   *
   * @throws IOException if it cannot be read, or is not what was written
   */
  byte[] read(String name) throws IOException {
    int hash = name.hashCode();
    for (int row = find(hash); row >= 0 && row < count && field(row, 0) == hash; row++) {
      byte[] bytes = read(row, name);
      if (bytes != null) {
        return bytes;
      }
    }
    return null;
  }

  private byte[] read(int row, String name) throws IOException {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    int start = 2 + wanted.length;
    int stored = field(row, 2);
    int length = field(row, 3);
    byte[] file = new byte[start + stored];
    try (InputStream in = jar.getInputStream(entry)) {
      long offset = HEAD_BYTES + (long) count * ROW_BYTES + field(row, 1);
      expect(in.skip(offset) == offset, "cut off"); // a stored entry skips in one step
      int got = in.readNBytes(file, 0, file.length);
      if (got < start || !isNamed(file, wanted)) {
        return null; // another name of that hash
      }
      expect(got == file.length, "cut off");
    }
    expect(sumOf(file, start) == field(row, 4), name + " is damaged");
    return stored == length
        ? Arrays.copyOfRange(file, start, file.length)
        : inflate(file, start, length);
  }

  private static boolean isNamed(byte[] file, byte[] name) {
    return ((file[0] & 0xff) << 8 | file[1] & 0xff) == name.length
        && Arrays.equals(file, 2, 2 + name.length, name, 0, name.length);
  }

  private byte[] inflate(byte[] file, int start, int length) throws IOException {
    byte[] bytes = new byte[length];
    InputStream stored = new ByteArrayInputStream(file, start, file.length - start);
    try (InputStream in = new InflaterInputStream(stored)) {
      readFully(in, bytes);
    }
    return bytes;
  }

  private static int sumOf(byte[] bytes, int start) {
    CRC32 sum = new CRC32();
    sum.update(bytes, start, bytes.length - start);
    return (int) sum.getValue();
  }

  private void readFully(InputStream in, byte[] bytes) throws IOException {
    expect(in.readNBytes(bytes, 0, bytes.length) == bytes.length, "cut off");
  }

  private void expect(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      String what = "%s: %s: %s, want the jar as it was built";
      throw new IOException(what.formatted(jar.getName(), ENTRY, otherwise));
    }
  }

  /** Returns the first row of {@code hash}, or -1. */
  private int find(int hash) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (field(middle, 0) < hash) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < count && field(low, 0) == hash ? low : -1;
  }

  private int field(int row, int index) {
    return rows.getInt(row * ROW_BYTES + index * 4);
  }
}
