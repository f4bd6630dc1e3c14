package dev.sonde.agent.boot;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;

/**
 * Sonde and its libraries, thousands of files, in one stored entry of the jar: a zip directory of
 * that length would be read, hashed and compiled for at every start, whatever is used of it.
 *
 * <p>Layout, big endian; rows are sorted by hash, which is {@link String#hashCode} of the name:
 *
 * <pre>
 * u32 magic, u32 count, u32 batches, u32 bytes of the whole, u32 CRC-32 of the hashes and rows
 * count times: u32 hash
 * count times: u32 offset of the file from the end of the rows, u32 stored, u32 length, u32 CRC-32 of the file
 * batches times: u32 hash of the first file's name, u32 that of the batch behind which it is loaded ahead or 0, u32 offset, u32 bytes, u32 CRC-32 of them
 * files: u32 stored, u16 and the name in UTF-8, then the bytes; deflated where stored and length differ
 * </pre>
 *
 * <p>A batch is a run of files, not deflated, whose classes are used together: they are read at
 * once.
 *
 * <p>The file is read, not mapped: a jar that is replaced under a running JVM must not crash it.
 * Sums are checked, so that it does not run what a damaged jar holds either. All of this runs
 * interpreted, hundreds of times before an application starts: it is plain for that.
 */
final class ClassArchive {
  static final String ENTRY = "inst.archive";
  static final int MAGIC = 0x50DE_0004; // the last digits are the layout's version
  static final int HEAD_BYTES = 20;
  static final int ROW_INTS = 4;
  static final int BATCH_INTS = 5;

  /** Where a file's name begins. */
  static final int NAME = 6;

  private final File jarPath;
  private final RandomAccessFile jar;
  private final long filesOffset;
  private final int count;
  private final int batches;
  private final int[] table; // the hashes, the rows, the batches

  /**
   * @throws IOException if the jar has no archive, or one that is cut off or damaged
   */
  ClassArchive(File jarPath) throws IOException {
    this.jarPath = jarPath;
    jar = new RandomAccessFile(jarPath, "r");
    try {
      StoredEntry entry = StoredEntry.find(jar, ENTRY);
      if (entry == null) {
        throw new IOException(jarPath + ": no entry " + ENTRY + ", want Sonde's own jar");
      }
      expect(entry.size() >= HEAD_BYTES, "cut off");
      ByteBuffer head = ByteBuffer.wrap(bytesAt(entry.offset(), HEAD_BYTES));
      expect(head.getInt() == MAGIC, "of another version");
      count = head.getInt();
      batches = head.getInt();
      int size = head.getInt();
      expect(size == entry.size(), "cut off");
      int most = size / (4 * ROW_INTS);
      expect(count >= 0 && count <= most && batches >= 0 && batches <= most, "damaged");
      table = new int[count * (1 + ROW_INTS) + batches * BATCH_INTS];
      byte[] bytes = bytesAt(entry.offset() + HEAD_BYTES, table.length * 4);
      expect(sumOf(bytes, 0) == head.getInt(), "damaged");
      ByteBuffer.wrap(bytes).asIntBuffer().get(table);
      filesOffset = entry.offset() + HEAD_BYTES + bytes.length;
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
    for (int row = find(hash); row >= 0 && row < count && table[row] == hash; row++) {
      byte[] bytes = read(row, name);
      if (bytes != null) {
        return bytes;
      }
    }
    return null;
  }

  /** Returns the batch whose first file is called {@code name}, or -1. */
  int batchOf(String name) {
    int hash = name.hashCode();
    for (int i = 0; i < batches; i++) {
      if (table[fieldsOf(i)] == hash) {
        return i;
      }
    }
    return -1;
  }

  /** Tells whether {@code batch} is to be loaded while the classes of {@code earlier} are used. */
  boolean isBehind(int batch, int earlier) {
    return table[fieldsOf(batch) + 1] == table[fieldsOf(earlier)];
  }

  int batches() {
    return batches;
  }

  private int fieldsOf(int batch) {
    return count * (1 + ROW_INTS) + batch * BATCH_INTS;
  }

  /**
   * Returns the files of a batch, one behind the other as they are laid out.
   *
   * @throws IOException if they cannot be read, or are not what was written
   */
  byte[] readBatch(int batch) throws IOException {
    int fields = fieldsOf(batch);
    byte[] files = bytesAt(filesOffset + table[fields + 2], table[fields + 3]);
    expect(sumOf(files, 0) == table[fields + 4], "damaged");
    return files;
  }

  private byte[] read(int row, String name) throws IOException {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    int start = NAME + wanted.length;
    int fields = count + row * ROW_INTS;
    int stored = table[fields + 1];
    int length = table[fields + 2];
    byte[] file = bytesAt(filesOffset + table[fields], start + stored);
    if (!isNamed(file, wanted)) {
      return null; // another name of that hash
    }
    boolean whole =
        ByteBuffer.wrap(file).getInt() == stored && sumOf(file, start) == table[fields + 3];
    expect(whole, name + " is damaged");
    return stored == length
        ? Arrays.copyOfRange(file, start, file.length)
        : inflate(file, start, length);
  }

  private static boolean isNamed(byte[] file, byte[] name) {
    return ((file[4] & 0xff) << 8 | file[5] & 0xff) == name.length
        && Arrays.equals(file, NAME, NAME + name.length, name, 0, name.length);
  }

  private byte[] inflate(byte[] file, int start, int length) throws IOException {
    InputStream stored = new ByteArrayInputStream(file, start, file.length - start);
    try (InputStream in = new InflaterInputStream(stored)) {
      byte[] bytes = in.readNBytes(length);
      expect(bytes.length == length, "damaged");
      return bytes;
    }
  }

  private static int sumOf(byte[] bytes, int start) {
    CRC32 sum = new CRC32();
    sum.update(bytes, start, bytes.length - start);
    return (int) sum.getValue();
  }

  /** Returns bytes of the jar; what lies behind its end is zero. */
  private byte[] bytesAt(long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    synchronized (jar) {
      jar.seek(offset);
      int got = 0;
      for (int n = 1; got < length && n > 0; got += n) {
        n = Math.max(0, jar.read(bytes, got, length - got));
      }
    }
    return bytes;
  }

  private void expect(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      String what = "%s: %s: %s, want the jar as it was built";
      throw new IOException(what.formatted(jarPath, ENTRY, otherwise));
    }
  }

  /** Returns the first row of {@code hash}, or -1. */
  private int find(int hash) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (table[middle] < hash) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < count && table[low] == hash ? low : -1;
  }
}
