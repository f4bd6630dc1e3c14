package dev.sonde.agent.quiet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** No class of the packaged jar sets up the application's logging. */
class QuietLibrariesIT {
  @Test
  void noClassOfTheJarNamesTheLoggingOfTheJdk() throws IOException {
    List<String> naming = new ArrayList<>();
    int classes = 0;
    try (JarFile jar = new JarFile("target/sonde.jar")) {
      assertNotNull(jar.getEntry("inst/dev/sonde/agent/quiet/Logger.class"));
      for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        if (entry.getName().endsWith(".class")) {
          classes++;
          if (text(jar, entry).contains("java/util/logging/")) {
            naming.add(entry.getName());
          }
        }
      }
    }
    assertTrue(classes > 1_000, "only " + classes + " classes in the jar");
    assertEquals(List.of(), naming);
  }

  /** One char a byte: constant pool names are found as they are. */
  private static String text(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
