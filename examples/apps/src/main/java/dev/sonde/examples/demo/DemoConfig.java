package dev.sonde.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The configuration of the traced service: examples/programs/orders.yaml as it stands, but with its
 * object files by absolute path and its output files in the current folder.
 */
final class DemoConfig {
  private static final Pattern FILE = Pattern.compile("(\\s*(?:- )?file: *)(\\S+)(.*)");
  private static final Pattern OUTPUT = Pattern.compile("(\\s*- *)(demo\\.\\S+)(.*)");

  private DemoConfig() {}

  /** Writes the configuration into {@code folder} and returns its file. */
  static Path write(Path config, Path folder, Path outputs) throws IOException {
    Path programs = config.toAbsolutePath().getParent();
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(config)) {
      lines.add(based(OUTPUT, outputs, based(FILE, programs, line)));
    }
    return Files.write(folder.resolve("orders.yaml"), lines);
  }

  private static String based(Pattern pattern, Path folder, String line) {
    Matcher matcher = pattern.matcher(line);
    if (!matcher.matches()) {
      return line;
    }
    Path file = folder.resolve(matcher.group(2)).toAbsolutePath().normalize();
    return matcher.group(1) + '"' + file.toString().replace("\\", "\\\\") + '"' + matcher.group(3);
  }
}
