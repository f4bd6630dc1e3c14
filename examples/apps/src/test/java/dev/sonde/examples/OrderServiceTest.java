package dev.sonde.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OrderServiceTest {
  private static List<String> talk(String... commands) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sonde.examples.orders.OrderService")
            .redirectErrorStream(true)
            .start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write((String.join("\n", commands) + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    List<String> lines = new ArrayList<>();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (!line.startsWith("tick ")) {
          lines.add(line);
        }
      }
    }
    assertEquals(0, process.waitFor(), lines.toString());
    return lines;
  }

  @Test
  void runsAddUpToTheTotalAndNothingRunsBetweenThem() throws Exception {
    List<String> lines = talk("total", "run 1", "total", "run 0.5", "total", "total", "quit");
    long setup = Long.parseLong(lines.get(1).split(" ")[2]);
    long first = Long.parseLong(lines.get(2).split(" ")[3]);
    long afterFirst = Long.parseLong(lines.get(3).split(" ")[2]);
    long second = Long.parseLong(lines.get(4).split(" ")[3]);
    long afterSecond = Long.parseLong(lines.get(5).split(" ")[2]);
    assertTrue(setup > 0 && first > 0 && second > 0, lines.toString());
    assertEquals(setup + first, afterFirst);
    assertEquals(afterFirst + second, afterSecond);
    assertEquals(lines.get(5), lines.get(6));
    assertEquals(lines.get(5), lines.get(7)); // said again at the end
  }

  @Test
  void anUnknownCommandIsAnsweredWithTheKnownOnes() throws Exception {
    List<String> lines = talk("walk 5", "quit");
    assertEquals("unknown command walk, want run SECONDS, total or quit", lines.get(1));
  }
}
