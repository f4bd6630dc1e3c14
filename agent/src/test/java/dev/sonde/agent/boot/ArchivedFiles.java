package dev.sonde.agent.boot;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipFile;

/** All files of a jar's archive, found by the layout alone and not by name. */
public final class ArchivedFiles {
  private ArchivedFiles() {}

  public static Map<String, byte[]> of(File jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar);
        InputStream in = zip.getInputStream(zip.getEntry(ClassArchive.ENTRY))) {
      return of(ByteBuffer.wrap(in.readAllBytes()));
    }
  }

  private static Map<String, byte[]> of(ByteBuffer archive) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    int count = archive.getInt(4);
    int rows = ClassArchive.HEAD_BYTES + 4 * count; // behind the hashes
    int batches = archive.getInt(8);
    int rowBytes = 4 * ClassArchive.ROW_INTS;
    int base = rows + count * rowBytes + batches * 4 * ClassArchive.BATCH_INTS;
    for (int i = 0; i < count; i++) {
      int row = rows + i * rowBytes;
      int start = base + archive.getInt(row);
      byte[] name = new byte[archive.getShort(start + 4)];
      byte[] stored = new byte[archive.getInt(row + 4)];
      archive.position(start + ClassArchive.NAME).get(name).get(stored);
      boolean deflated = stored.length != archive.getInt(row + 8);
      InputStream in = new ByteArrayInputStream(stored);
      files.put(
          new String(name, StandardCharsets.UTF_8),
          deflated ? new InflaterInputStream(in).readAllBytes() : stored);
    }
    return files;
  }
}
