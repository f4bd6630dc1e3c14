package dev.sonde.examples.demo;

import dev.sonde.exporters.profile.CollapsedStacks;
import dev.sonde.exporters.profile.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads collapsed stacks back. */
final class CollapsedFile {
  private CollapsedFile() {}

  static Profile read(Path file) throws IOException {
    return CollapsedStacks.parse(file.toString(), Files.readAllLines(file));
  }
}
