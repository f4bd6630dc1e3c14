package dev.sonde.agent.quiet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.agent.boot.ArchivedFiles;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No class of the packaged jar sets up the application's logging. */
class QuietLibrariesIT {
  @Test
  void noClassOfTheJarNamesTheLoggingOfTheJdk() throws IOException {
    List<String> naming = new ArrayList<>();
    int classes = 0;
    Map<String, byte[]> files = ArchivedFiles.of(new File("target/sonde.jar"));
    assertTrue(files.containsKey("dev/sonde/agent/quiet/Logger.class"));
    for (var file : files.entrySet()) {
      if (file.getKey().endsWith(".class")) {
        classes++;
        if (text(file.getValue()).contains("java/util/logging/")) {
          naming.add(file.getKey());
        }
      }
    }
    assertTrue(classes > 1_000, "only " + classes + " classes in the jar");
    assertEquals(List.of(), naming);
  }

  /** One char a byte: constant pool names are found as they are. */
  private static String text(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1);
  }
}
