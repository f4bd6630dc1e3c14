package dev.sonde.vm.elf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The committed objects that tests read. */
public final class TestObjects {
  private TestObjects() {}

  public static byte[] bytes(String name) {
    try (InputStream in = TestObjects.class.getResourceAsStream("/objects/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static CollectionSpec read(String name) {
    return ObjectReader.read(name, bytes(name));
  }

  /** Returns every object of this module and of the examples. */
  static List<Path> all() throws IOException {
    try (Stream<Path> own = Files.walk(Path.of("src/test/resources/objects"));
        Stream<Path> tools = Files.walk(Path.of("../verifier/src/test/resources/tools"));
        Stream<Path> examples = Files.walk(Path.of("../examples/programs"))) {
      return Stream.concat(own, Stream.concat(tools, examples))
          .filter(p -> p.toString().endsWith(".o"))
          .sorted()
          .toList();
    }
  }
}
