package dev.sonde.agent.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.agent.pack.ArchiveWriter;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
  private final List<ArchiveWriter.Batch> batches = new ArrayList<>();

  @BeforeEach
  void fill() throws IOException {
    assertEquals(CLASS, addClass(getClass()));
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
  void theFilesOfABatchAreReadAtOnceAndOneByOne() throws IOException {
    batches.add(new ArchiveWriter.Batch(List.of("x/BB.txt", CLASS), null));
    batches.add(new ArchiveWriter.Batch(List.of("empty"), null));
    ClassArchive archive = new ClassArchive(jar(written()));
    assertEquals(0, archive.batchOf("x/BB.txt"));
    assertEquals(1, archive.batchOf("empty"));
    assertEquals(-1, archive.batchOf(CLASS)); // it is not the first
    ByteBuffer batch = ByteBuffer.wrap(archive.readBatch(0));
    for (String name : batches.get(0).files()) {
      byte[] file = new byte[batch.getInt()];
      byte[] named = new byte[batch.getShort()];
      batch.get(named).get(file);
      assertEquals(name, new String(named, StandardCharsets.UTF_8));
      assertArrayEquals(files.get(name), file);
    }
    assertFalse(batch.hasRemaining());
    for (var file : files.entrySet()) {
      assertArrayEquals(file.getValue(), archive.read(file.getKey()), file.getKey());
    }
  }

  @Test
  void aDamagedBatchDefinesNothing() throws IOException {
    batches.add(new ArchiveWriter.Batch(List.of(CLASS, "empty"), null));
    byte[] whole = written();
    byte[] first = new ClassArchive(jar(whole)).readBatch(0);
    int start = whole.length - first.length;
    while (!Arrays.equals(whole, start, start + first.length, first, 0, first.length)) {
      start--;
    }
    for (int at = 0; at < first.length; at += 7) {
      byte[] damaged = whole.clone();
      damaged[start + at] ^= 4;
      ClassArchive archive = new ClassArchive(jar(damaged));
      IOException e = assertThrows(IOException.class, () -> archive.readBatch(0));
      assertTrue(e.getMessage().contains("inst.archive: damaged, want"), e.getMessage());
    }
  }

  @Test
  void classesOfABatchAreDefinedWithItsFirst() throws Exception {
    String other = addClass(ArchiveWriter.class);
    String broken = "dev/sonde/agent/boot/Broken.class";
    files.put(broken, "no class file".getBytes(StandardCharsets.UTF_8));
    batches.add(new ArchiveWriter.Batch(List.of(CLASS, broken, other), null));
    AgentClassLoader loader = new AgentClassLoader(jar(written()));
    Class<?> asked = loader.loadClass(getClass().getName());
    assertNotNull(loader.getDefinedPackage(ArchiveWriter.class.getPackageName()));
    assertEquals(loader, loader.loadClass(ArchiveWriter.class.getName()).getClassLoader());
    assertEquals(asked, loader.loadClass(getClass().getName()));
    assertThrows(LinkageError.class, () -> loader.loadClass("dev.sonde.agent.boot.Broken"));
  }

  @Test
  void aBatchIsLoadedAheadBehindTheOneThatItNames() throws Exception {
    String other = addClass(ArchiveWriter.class);
    String broken = "dev/sonde/agent/boot/Broken.class";
    files.put(broken, "no class file".getBytes(StandardCharsets.UTF_8));
    batches.add(new ArchiveWriter.Batch(List.of(CLASS), null));
    batches.add(new ArchiveWriter.Batch(List.of(broken, other), CLASS));
    AgentClassLoader loader = new AgentClassLoader(jar(written()));
    String ahead = ArchiveWriter.class.getPackageName();
    assertNull(loader.getDefinedPackage(ahead));
    load(loader, getClass().getName());
    for (int i = 0; loader.getDefinedPackage(ahead) == null; i++) {
      assertTrue(i < 6_000, "not defined in 60 s");
      Thread.sleep(10);
    }
    assertEquals(loader, load(loader, ArchiveWriter.class.getName()).getClassLoader());
    assertThrows(LinkageError.class, () -> loader.loadClass("dev.sonde.agent.boot.Broken"));
  }

  @Test
  void twoThreadsCanAskForTheClassesOfABatch() throws Exception {
    String other = addClass(ArchiveWriter.class);
    String third = addClass(ClassArchive.class);
    batches.add(new ArchiveWriter.Batch(List.of(CLASS, other), null));
    batches.add(new ArchiveWriter.Batch(List.of(third), CLASS)); // a third thread takes its part
    File jar = jar(written());
    for (int turn = 0; turn < 200; turn++) {
      AgentClassLoader loader = new AgentClassLoader(jar);
      CompletableFuture<Class<?>> there =
          CompletableFuture.supplyAsync(() -> load(loader, ArchiveWriter.class.getName()));
      Class<?> first = load(loader, getClass().getName());
      assertEquals(loader, first.getClassLoader());
      assertEquals(load(loader, ArchiveWriter.class.getName()), there.get(60, TimeUnit.SECONDS));
      assertEquals(loader, load(loader, ClassArchive.class.getName()).getClassLoader());
    }
  }

  private static Class<?> load(ClassLoader loader, String name) {
    try {
      return loader.loadClass(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
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

  private String addClass(Class<?> type) throws IOException {
    String file = type.getName().replace('.', '/') + ".class";
    try (InputStream in = type.getClassLoader().getResourceAsStream(file)) {
      files.put(file, in.readAllBytes());
    }
    return file;
  }

  private byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter.write(files, batches, out);
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
