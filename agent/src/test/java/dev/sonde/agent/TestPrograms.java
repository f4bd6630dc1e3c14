package dev.sonde.agent;

import java.nio.file.Path;

/** Object files of src/test/resources/programs, built by its rebuild.sh. */
final class TestPrograms {
  private TestPrograms() {}

  static Path path(String name) {
    return Path.of("src/test/resources/programs", name + ".bpf.o").toAbsolutePath();
  }
}
