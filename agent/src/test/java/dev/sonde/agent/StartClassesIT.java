package dev.sonde.agent;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A start of an application waits for no class that it does not need: each costs 0.1 to 0.2 ms. */
class StartClassesIT {
  /** Measured: 730; what comes close to this has something loaded for nothing. */
  private static final int MOST = 850;

  /** What the build puts in batches. */
  private static final Path RECORDED = Path.of("src/main/pack/start-classes.txt");

  private static final String BEHIND = "behind ";

  /** What a start with a method probe and no exports has no use for. */
  private static final List<String> UNWANTED =
      List.of(
          "com.fasterxml.jackson.",
          "io.opentelemetry.",
          "picocli.",
          "com.sun.jna.",
          "java.text.DecimalFormatSymbols");

  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aStartLoadsWhatItNeeds(Path jdk) throws Exception {
    Path config = folder.resolve("shop.yaml");
    String yaml = "objects: [{file: %s}]%nexport: {console: off}%n";
    Files.writeString(config, yaml.formatted(TestPrograms.path("shop")));
    Path classes = folder.resolve("classes");
    String log = "-Xlog:class+load:file=" + classes;
    try (ChildJvm child = ChildJvm.start(jdk, log, ChildJvm.agent(config))) {
      assertEquals(0, child.quit());
    }
    List<String> loaded =
        Files.readAllLines(classes).stream()
            .takeWhile(line -> !line.contains(" dev.sonde.testapp.Shop "))
            .toList();
    Set<String> own =
        loaded.stream()
            .filter(line -> line.contains("sonde.jar"))
            .map(line -> line.replaceFirst(".*] +", "").replaceFirst(" .*", ""))
            .filter(name -> !name.startsWith("dev.sonde.agent.boot."))
            .collect(toSet());
    assertTrue(own.size() > 300 && own.size() < MOST, own.size() + " classes of the jar");
    for (String unwanted : UNWANTED) {
      List<String> found = loaded.stream().filter(l -> l.contains(" " + unwanted)).toList();
      assertEquals(List.of(), found, unwanted);
    }
    Set<String> recorded = new HashSet<>(Files.readAllLines(RECORDED));
    Set<String> ahead = recorded.stream().filter(l -> l.startsWith(BEHIND)).collect(toSet());
    assertEquals(2, ahead.size(), "batches that are loaded ahead");
    recorded.removeAll(ahead);
    for (String line : ahead) {
      assertTrue(recorded.contains(line.substring(BEHIND.length())), line);
    }
    Set<String> alone = difference(own, recorded);
    assertTrue(alone.size() < own.size() / 5, "run .ci/record-start-classes, for want of " + alone);
    Set<String> gone = difference(recorded, own);
    assertTrue(gone.size() < own.size() / 5, "run .ci/record-start-classes, it has " + gone);
  }

  private static Set<String> difference(Set<String> all, Set<String> without) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(without);
    return rest;
  }
}
