package dev.sonde.examples.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration as a user runs it, shorter. */
class DemoIT {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

  @TempDir Path folder;

  @Test
  @Timeout(value = 180, unit = TimeUnit.SECONDS)
  void everyNumberAddsUp() throws Exception {
    Path target = ROOT.resolve("examples/apps/target");
    Process demo =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                target.resolve("classes") + File.pathSeparator + target.resolve("lib") + "/*",
                "-Dsonde.home=" + ROOT,
                "dev.sonde.examples.demo.Demo",
                "--turns",
                "1")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, demo.waitFor(), output);
    assertFalse(output.contains("FAILED"), output);
    for (String part :
        List.of("p50 ~", "SELECT", "executeQuery", "metric data points", "0 lost", "% kept")) {
      assertTrue(output.contains(part), () -> "no \"" + part + "\" in:\n" + output);
    }
    assertTrue(Files.readString(folder.resolve("demo.html")).contains("Shop.placeOrder"));
    assertTrue(Files.readString(folder.resolve("demo.collapsed")).contains("Shop.placeOrder"));
  }
}
