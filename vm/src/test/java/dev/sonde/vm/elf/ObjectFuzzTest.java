package dev.sonde.vm.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectFuzzTest {
  private static final boolean LONG = Boolean.getBoolean("sonde.long");

  @Test
  void aDamagedObjectIsReadOrRefusedWithItsPlaceAndNothingElse()
      throws IOException, InterruptedException {
    int count = LONG ? 1_000_000 : 30_000;
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ObjectFuzzer.class.getName(),
                Integer.toString(count),
                Long.toString(seed)));
    TestObjects.all().forEach(path -> command.add(path.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), output);
    System.out.println(output);
    assertTrue(output.contains(count + " mutants"), output);
  }
}
