package dev.sonde.agent.pack;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Writes the archive that {@code agent.boot.ClassArchive}, where its layout is drawn, reads: {@code
 * ArchiveWriter JAR ARCHIVE}. What a start needs lies as it is, the rest deflated.
 */
public final class ArchiveWriter {
  private static final int MAGIC = 0x50DE_0002;
  private static final int HEAD_BYTES = 16;
  private static final String CLASS = ".class";

  /** Packages whose classes a start loads, or some of them. */
  private static final List<String> AT_START =
      List.of("dev/sonde/", "net/bytebuddy/jar/asm/", "org/yaml/snakeyaml/");

  private ArchiveWriter() {}

  public static void main(String[] paths) throws IOException {
    Map<String, byte[]> files = unfolded(read(Path.of(paths[0])));
    try (OutputStream out = Files.newOutputStream(Path.of(paths[1]))) {
      write(files, out);
    }
  }

  private static Map<String, byte[]> read(Path jar) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (!entry.isDirectory()) {
          files.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
        }
      }
    }
    return files;
  }

  private static Map<String, byte[]> unfolded(Map<String, byte[]> files) {
    Map<String, byte[]> result = new TreeMap<>();
    Map<String, byte[]> classes = new TreeMap<>();
    files.forEach(
        (name, bytes) -> {
          if (name.endsWith(CLASS)) {
            classes.put(name.substring(0, name.length() - CLASS.length()), bytes);
          } else {
            result.put(name, bytes);
          }
        });
    Lambdas.unfold(classes).forEach((name, bytes) -> result.put(name + CLASS, bytes));
    return result;
  }

  /** Writes {@code files}, by name. */
  public static void write(Map<String, byte[]> files, OutputStream to) throws IOException {
    List<String> names = new ArrayList<>(files.keySet());
    names.sort(Comparator.comparingInt(String::hashCode).thenComparing(Comparator.naturalOrder()));
    ByteArrayOutputStream table = new ByteArrayOutputStream(); // hashes, then rows
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream rows = new DataOutputStream(table);
    DataOutputStream data = new DataOutputStream(body);
    for (String name : names) {
      rows.writeInt(name.hashCode());
    }
    for (String name : names) {
      byte[] bytes = files.get(name);
      byte[] stored = AT_START.stream().anyMatch(name::startsWith) ? bytes : smaller(bytes);
      rows.writeInt(data.size());
      rows.writeInt(stored.length);
      rows.writeInt(bytes.length);
      rows.writeInt(sumOf(stored));
      byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
      data.writeShort(encoded.length);
      data.write(encoded);
      data.write(stored);
    }
    DataOutputStream out = new DataOutputStream(to);
    out.writeInt(MAGIC);
    out.writeInt(names.size());
    out.writeInt(HEAD_BYTES + table.size() + body.size());
    out.writeInt(sumOf(table.toByteArray()));
    table.writeTo(out);
    body.writeTo(out);
    out.flush();
  }

  private static int sumOf(byte[] bytes) {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    return (int) sum.getValue();
  }

  /** Returns {@code bytes} deflated, or as they are where that does not make them fewer. */
  private static byte[] smaller(byte[] bytes) throws IOException {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (OutputStream out = new DeflaterOutputStream(deflated, deflater)) {
      out.write(bytes);
    } finally {
      deflater.end();
    }
    return deflated.size() < bytes.length ? deflated.toByteArray() : bytes;
  }
}
