package dev.sonde.examples.demo;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the parts of the demo lie in a built tree. */
final class Installation {
  private Installation() {}

  /** Returns the folder of the checkout, which the launcher passes in {@code sonde.home}. */
  static Path home() {
    return Path.of(System.getProperty("sonde.home", ".")).toAbsolutePath().normalize();
  }

  static Path agentJar(Path home) throws IOException {
    return required(home.resolve("agent/target/sonde.jar"));
  }

  static Path config(Path home) throws IOException {
    return required(home.resolve("examples/programs/orders.yaml"));
  }

  private static Path required(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": not there, want a built tree: mvn -DskipTests package");
    }
    return file;
  }

  /** The application's class path: its classes and the database, nothing of ours. */
  static String serviceClassPath(Path home) throws IOException {
    Path target = home.resolve("examples/apps/target");
    try (Stream<Path> lib = Files.list(target.resolve("lib"))) {
      List<Path> database =
          lib.filter(jar -> jar.getFileName().toString().startsWith("h2-")).toList();
      if (database.size() != 1) {
        throw new IOException(target.resolve("lib") + ": got " + database + ", want one h2-*.jar");
      }
      return target.resolve("classes") + File.pathSeparator + database.get(0);
    }
  }
}
