package dev.sonde.agent.pack;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Writes the archive that {@code agent.boot.ClassArchive}, where its layout is drawn, reads: {@code
 * ArchiveWriter JAR BATCHES ARCHIVE}. What a start needs lies as it is, the rest deflated.
 *
 * <p>{@code BATCHES} is a text of class names: those of a batch in the order of their use, an empty
 * line between two. One that is not in the jar is left out, for it may be gone since that was
 * recorded. Before those that are loaded ahead, while the classes of an earlier batch are used, is
 * a line {@code behind CLASS}, the first of that batch.
 */
public final class ArchiveWriter {
  private static final int MAGIC = 0x50DE_0004;
  private static final int HEAD_BYTES = 20;
  private static final String CLASS = ".class";
  private static final String BEHIND = "behind ";

  /** Packages whose classes a start loads, or some of them. */
  private static final List<String> AT_START =
      List.of("dev/sonde/", "net/bytebuddy/jar/asm/", "org/yaml/snakeyaml/");

  private ArchiveWriter() {}

  public static void main(String[] paths) throws IOException {
    Map<String, byte[]> files = unfolded(read(Path.of(paths[0])));
    List<Batch> batches = batches(Files.readAllLines(Path.of(paths[1])), files.keySet());
    try (OutputStream out = Files.newOutputStream(Path.of(paths[2]))) {
      write(files, batches, out);
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

  private static List<Batch> batches(List<String> lines, Set<String> files) {
    List<Batch> batches = new ArrayList<>();
    Batch batch = new Batch(new ArrayList<>(), null);
    for (String line : lines) {
      if (line.isEmpty()) {
        batches.add(batch);
        batch = new Batch(new ArrayList<>(), null);
      } else if (line.startsWith(BEHIND)) {
        batch = new Batch(batch.files(), fileOf(line.substring(BEHIND.length())));
      } else if (files.contains(fileOf(line))) {
        batch.files().add(fileOf(line));
      }
    }
    batches.add(batch);
    batches.removeIf(some -> some.files().isEmpty());
    return batches;
  }

  private static String fileOf(String className) {
    return className.replace('.', '/') + CLASS;
  }

  /**
   * Files whose classes are used together.
   *
   * @param behind the first file of the batch behind whose definition these are loaded ahead, or
   *     null
   */
  public record Batch(List<String> files, @Nullable String behind) {}

  /** Writes {@code files}, by name; those of {@code batches} in that order, before the others. */
  public static void write(Map<String, byte[]> files, List<Batch> batches, OutputStream to)
      throws IOException {
    Map<String, Entry> entries = new HashMap<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    ByteArrayOutputStream table = new ByteArrayOutputStream(); // hashes, rows, batches
    DataOutputStream ints = new DataOutputStream(table);
    ByteArrayOutputStream batchRows = new ByteArrayOutputStream();
    DataOutputStream batchInts = new DataOutputStream(batchRows);
    for (Batch batch : batches) {
      int start = body.size();
      for (String name : batch.files()) {
        entries.put(name, Entry.append(name, files.get(name), files.get(name), body));
      }
      byte[] written = body.toByteArray();
      batchInts.writeInt(batch.files().get(0).hashCode());
      batchInts.writeInt(batch.behind() == null ? 0 : batch.behind().hashCode());
      batchInts.writeInt(start);
      batchInts.writeInt(written.length - start);
      batchInts.writeInt(sumOf(Arrays.copyOfRange(written, start, written.length)));
    }
    List<String> names = new ArrayList<>(files.keySet());
    names.sort(Comparator.comparingInt(String::hashCode).thenComparing(Comparator.naturalOrder()));
    for (String name : names) {
      ints.writeInt(name.hashCode());
    }
    for (String name : names) {
      Entry entry = entries.get(name);
      if (entry == null) {
        byte[] bytes = files.get(name);
        byte[] stored = AT_START.stream().anyMatch(name::startsWith) ? bytes : smaller(bytes);
        entry = Entry.append(name, stored, bytes, body);
      }
      ints.writeInt(entry.offset());
      ints.writeInt(entry.stored());
      ints.writeInt(entry.length());
      ints.writeInt(entry.sum());
    }
    batchRows.writeTo(table);
    DataOutputStream out = new DataOutputStream(to);
    out.writeInt(MAGIC);
    out.writeInt(names.size());
    out.writeInt(batches.size());
    out.writeInt(HEAD_BYTES + table.size() + body.size());
    out.writeInt(sumOf(table.toByteArray()));
    table.writeTo(out);
    body.writeTo(out);
    out.flush();
  }

  /** Where a file lies and what its row says. */
  private record Entry(int offset, int stored, int length, int sum) {
    static Entry append(String name, byte[] stored, byte[] bytes, ByteArrayOutputStream body)
        throws IOException {
      int offset = body.size();
      byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
      DataOutputStream data = new DataOutputStream(body);
      data.writeInt(stored.length);
      data.writeShort(encoded.length);
      data.write(encoded);
      data.write(stored);
      return new Entry(offset, stored.length, bytes.length, sumOf(stored));
    }
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
