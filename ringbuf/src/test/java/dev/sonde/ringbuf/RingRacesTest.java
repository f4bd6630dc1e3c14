package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@link RingRaces} under jcstress: a look at each race, long enough to trust with sonde.long.
 */
class RingRacesTest {
  private static final String MODE = Boolean.getBoolean("sonde.long") ? "default" : "sanity";
  private static final Pattern RESULTS =
      Pattern.compile("Results: (\\d+) planned; (\\d+) passed, 0 failed, 0 soft errs, 0 hard errs");

  @TempDir Path folder;

  @Test
  void noOutcomeIsForbidden() throws IOException, InterruptedException {
    Process jcstress =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.openjdk.jcstress.Main",
                "-t",
                RingRaces.class.getSimpleName(),
                "-m",
                MODE,
                "-r",
                folder.resolve("results").toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(jcstress.getInputStream().readAllBytes());
    assertEquals(0, jcstress.waitFor(), output);
    MatchResult last = RESULTS.matcher(output).results().reduce((a, b) -> b).orElseThrow();
    assertEquals(last.group(1), last.group(2), output);
    assertTrue(Integer.parseInt(last.group(2)) > 0, output);
  }
}
