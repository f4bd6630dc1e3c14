package dev.sonde.agent.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.agent.pack.ArchiveWriter;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
  private static final String CLASS = "dev/sonde/agent/boot/ClassArchiveTest.class";

  @TempDir Path folder;

  private final Map<String, byte[]> files = new TreeMap<>();

  @BeforeEach
  void fill() throws IOException {
    try (InputStream in = getClass().getClassLoader().getResourceAsStream(CLASS)) {
      files.put(CLASS, in.readAllBytes());
    }
    files.put("x/Aa.txt", "one of two names of a hash".getBytes(StandardCharsets.UTF_8));
    files.put("x/BB.txt", "the other of them".getBytes(StandardCharsets.UTF_8));
    files.put("empty", new byte[0]);
    files.put("nährwert/€.txt", new byte[3_000]); // deflated
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    ClassArchive archive = new ClassArchive(jar(written()));
    for (var file : files.entrySet()) {
      assertTrue(archive.mayHold(file.getKey()), file.getKey());
      assertArrayEquals(file.getValue(), archive.read(file.getKey()), file.getKey());
    }
    assertNull(archive.read("x/Other.txt"));
    assertTrue(archive.mayHold("y/BB.txt".replace('y', 'x')));
  }

  @Test
  void anotherNameOfAKnownHashIsNotThere() throws IOException {
    files.remove("x/BB.txt");
    ClassArchive archive = new ClassArchive(jar(written()));
    assertTrue(archive.mayHold("x/BB.txt"));
    assertNull(archive.read("x/BB.txt"));
  }

  @Test
  void anArchiveCanBeEmpty() throws IOException {
    files.clear();
    assertNull(new ClassArchive(jar(written())).read(CLASS));
  }

  @Test
  void anArchiveThatIsCutOffIsRefused() throws IOException {
    byte[] whole = written();
    for (int size = 0; size < whole.length; size += size < 200 ? 1 : 97) {
      File jar = jar(Arrays.copyOf(whole, size));
      IOException e = assertThrows(IOException.class, () -> new ClassArchive(jar));
      assertTrue(
          e.getMessage().endsWith(": inst.archive: cut off, want the jar as it was built"),
          e.getMessage());
    }
  }

  @Test
  void aDamagedByteIsNeverTakenForAFilesOwn() throws IOException {
    byte[] whole = written();
    for (int at = 0; at < whole.length; at += at < 200 ? 1 : 13) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      File jar = jar(damaged);
      int refused = 0;
      for (var file : files.entrySet()) {
        try {
          byte[] got = new ClassArchive(jar).read(file.getKey());
          if (got == null) {
            refused++; // its name is damaged
          } else {
            assertArrayEquals(file.getValue(), got, file.getKey());
          }
        } catch (IOException e) {
          assertTrue(e.getMessage().contains("inst.archive: "), e.getMessage());
          refused++;
        }
      }
      assertTrue(refused > 0, "byte " + at + ": seen by nobody");
    }
  }

  @Test
  void aJarWithoutAnArchiveIsNamed() throws IOException {
    File jar = folder.resolve("other.jar").toFile();
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar.toPath()))) {
      out.putNextEntry(new ZipEntry("x"));
    }
    IOException e = assertThrows(IOException.class, () -> new ClassArchive(jar));
    assertEquals(jar + ": no entry inst.archive, want Sonde's own jar", e.getMessage());
  }

  @Test
  void theLoaderTakesClassesAndResourcesFromIt() throws Exception {
    AgentClassLoader loader = new AgentClassLoader(jar(written()));
    Class<?> loaded = loader.loadClass(getClass().getName());
    assertEquals(loader, loaded.getClassLoader());
    assertEquals(loaded, loader.loadClass(getClass().getName()));
    assertEquals(getClass().getPackageName(), loaded.getPackage().getName());
    assertEquals(List.class, loader.loadClass("java.util.List"));
    assertThrows(ClassNotFoundException.class, () -> loader.loadClass("dev.sonde.Nothing"));
    List<URL> urls = Collections.list(loader.getResources("x/Aa.txt"));
    assertEquals(1, urls.size());
    try (InputStream byUrl = urls.get(0).openStream();
        InputStream byName = loader.getResourceAsStream("x/BB.txt")) {
      assertArrayEquals(files.get("x/Aa.txt"), byUrl.readAllBytes());
      assertArrayEquals(files.get("x/BB.txt"), byName.readAllBytes());
    }
    assertNull(loader.getResource("x/Other.txt"));
    assertNull(loader.getResourceAsStream("x/Other.txt"));
  }

  private byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter.write(files, out);
    return out.toByteArray();
  }

  private File jar(byte[] archive) throws IOException {
    Path jar = Files.createTempFile(folder, "sonde", ".jar");
    CRC32 sum = new CRC32();
    sum.update(archive);
    ZipEntry entry = new ZipEntry(ClassArchive.ENTRY);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(archive.length);
    entry.setCrc(sum.getValue());
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(entry);
      out.write(archive);
    }
    return jar.toFile();
  }
}
