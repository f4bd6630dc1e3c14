package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/** The floors of the house: this room sees the JDK's base module and itself, nothing else. */
class LayeringTest {
  @Test
  void onlyTheFloorsBelowAreSeen() {
    StringWriter out = new StringWriter();
    ToolProvider.findFirst("jdeps")
        .orElseThrow()
        .run(
            new PrintWriter(out),
            new PrintWriter(out),
            "-verbose:package",
            "--ignore-missing-deps",
            "-cp",
            System.getProperty("java.class.path"),
            "target/classes");
    TreeSet<String> foreign = new TreeSet<>();
    for (String line : out.toString().split("\n")) {
      int arrow = line.indexOf("-> ");
      String target = arrow < 0 ? "" : line.substring(arrow + 3).trim().split("\\s+")[0];
      boolean own = target.equals("dev.sonde.ringbuf");
      boolean annotation = target.startsWith("org.jspecify.");
      if (target.contains(".") && !target.startsWith("java.") && !own && !annotation) {
        foreign.add(target);
      }
    }
    foreign.removeIf(name -> name.endsWith(".jar"));
    assertEquals(new TreeSet<>(), foreign, out::toString);
  }
}
