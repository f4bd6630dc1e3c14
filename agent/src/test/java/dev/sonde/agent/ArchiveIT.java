package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.agent.boot.ArchivedFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The archive of the packaged jar: nothing lost, nothing that a JVM refuses, damage is harmless.
 */
class ArchiveIT {
  private static final Pattern LAMBDA = Pattern.compile("(.+)\\$\\$\\d+\\.class");

  /** The descriptor of what links a lambda's call site. */
  private static final String METAFACTORY_TYPE =
      "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
          + "Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MethodHandle;"
          + "Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/CallSite;";

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  @Test
  void itHoldsWhatWentIntoItAndTheLambdas() throws IOException {
    Map<String, byte[]> archived = ArchivedFiles.of(ChildJvm.JAR.toFile());
    Map<String, Long> packed = new TreeMap<>();
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      Path inst = files.filter(f -> f.toString().endsWith("-inst.jar")).findFirst().orElseThrow();
      try (ZipFile jar = new ZipFile(inst.toFile())) {
        jar.stream()
            .filter(entry -> !entry.isDirectory())
            .forEach(entry -> packed.put(entry.getName(), entry.getSize()));
      }
    }
    Set<String> lost = new HashSet<>(packed.keySet());
    lost.removeAll(archived.keySet());
    assertEquals(Set.of(), lost);
    packed.forEach(
        (name, size) -> {
          if (!name.endsWith(".class")) {
            assertEquals(size, archived.get(name).length, name);
          }
        });
    Set<String> added = new HashSet<>(archived.keySet());
    added.removeAll(packed.keySet());
    assertTrue(added.size() > 500, "only " + added.size() + " lambdas");
    for (String name : added) {
      var lambda = LAMBDA.matcher(name);
      assertTrue(lambda.matches() && packed.containsKey(lambda.group(1) + ".class"), name);
    }
  }

  @Test
  void noClassOfOursWaitsForALambda() throws IOException {
    ArchivedFiles.of(ChildJvm.JAR.toFile())
        .forEach(
            (name, bytes) -> {
              String text = new String(bytes, StandardCharsets.ISO_8859_1);
              if (name.startsWith("dev/sonde/") && name.endsWith(".class")) {
                assertFalse(text.contains(METAFACTORY_TYPE), name);
              }
            });
  }

  @Test
  void theJarShowsTheApplicationTheEntriesAlone() throws IOException {
    try (ZipFile jar = new ZipFile(ChildJvm.JAR.toFile())) {
      List<String> classes =
          jar.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith(".class"))
              .filter(name -> !name.startsWith("dev/sonde/agent/boot/"))
              .toList();
      assertEquals(List.of(), classes);
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void everyClassOfItIsVerified(Path jdk) throws Exception {
    Process check =
        new ProcessBuilder(
                jdk.resolve("bin/java").toString(),
                "-cp",
                Path.of("target/test-classes") + ":" + Path.of("target/classes"),
                "dev.sonde.agent.boot.LinkCheck",
                ChildJvm.JAR.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("all linked\n", said);
  }

  @Test
  void aDamagedArchiveIsSaidAndTheApplicationRunsOn() throws Exception {
    byte[] jar = Files.readAllBytes(ChildJvm.JAR);
    byte[] head = {0x50, (byte) 0xDE, 0, 4, 0, 0}; // magic, and a count below 65,536
    int archive = findLast(jar, head);
    int runtime =
        findLast(jar, "dev/sonde/agent/AgentRuntime.class".getBytes(StandardCharsets.US_ASCII));
    for (int at : new int[] {archive, archive + 4, archive + 1_000, runtime + 60}) {
      byte[] damaged = jar.clone();
      damaged[at] ^= 1;
      Path file = Files.write(folder.resolve("sonde.jar"), damaged);
      try (ChildJvm child =
          ChildJvm.start(
              Path.of(System.getProperty("java.home")), "-javaagent:" + file + "=none.yaml")) {
        assertTrue(child.ask("sell 1").startsWith("sold"));
        assertEquals(0, child.quit());
        assertEquals(1, child.stderr().lines().count(), child.stderr());
        assertTrue(child.stderr().contains("inst.archive: "), child.stderr());
        assertTrue(child.stderr().contains("the application runs on"), child.stderr());
      }
      Sonde.Result command = Sonde.runWith(List.of(), file, "attach", "1", "-c", "none.yaml");
      assertEquals(1, command.exitCode(), command.out());
    }
  }

  /** The entries' classes, which have such constants, lie before the archive. */
  private static int findLast(byte[] bytes, byte[] wanted) {
    ByteBuffer first = ByteBuffer.wrap(wanted);
    for (int at = bytes.length - wanted.length; at >= 0; at--) {
      if (bytes[at] == wanted[0] && ByteBuffer.wrap(bytes, at, wanted.length).equals(first)) {
        return at;
      }
    }
    throw new AssertionError("not in the jar");
  }
}
