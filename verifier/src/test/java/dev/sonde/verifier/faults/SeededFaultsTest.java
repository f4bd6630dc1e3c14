package dev.sonde.verifier.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Seeds faults into the verifier's own source, one at a time, and runs its fast tests against each:
 * {@code mvn -pl verifier test -Dtest=SeededFaultsTest -Dsonde.faults=150}. Survivors are printed.
 * Faults that change no result are named in {@code equivalent-faults.txt}, each with its reason.
 */
class SeededFaultsTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/sonde/verifier");
  private static final Path EQUIVALENT = Path.of("src/test/resources/faults/equivalent-faults.txt");
  private static final int FAULTS = Integer.getInteger("sonde.faults", 0);
  private static final int FIRST = Integer.getInteger("sonde.faults.first", 0);
  private static final Duration CPU_TIME = Duration.ofMinutes(5); // after that there is no end
  private static final String NOT_JAVA = "does not compile"; // then it is no fault
  private static final int KILLED_PERCENT = 98;

  private static final List<String> OF_DOMAIN =
      List.of(
          "domain.TnumTest",
          "domain.LinuxParityTest",
          "domain.RandomScalarTest",
          "domain.ScalarDomainTest");

  /** In the order of what they cost. */
  private static final List<String> OF_ALL =
      List.of(
          "SignedFillTest",
          "ReadOnlyMapTest",
          "ActingHelpersTest",
          "KfuncMisuseTest",
          "ContextTableTest",
          "witness.WitnessTest",
          "ConstructsTest",
          "kernel.VerdictReplayTest",
          "facts.CountedLoopTest");

  @TempDir private Path folder;
  private int faults;

  @Test
  void theTestsFailOnAVerifierThatIsWrong() throws Exception {
    assumeTrue(FAULTS > 0, "seeded faults take minutes: -Dsonde.faults=150");
    Path some = SOURCES.resolve("domain/Lane.java");
    assertEquals("", killer(some, Files.readString(some)), "the tests fail without any fault");
    List<Fault> chosen = chosen();
    List<Fault> survivors = new ArrayList<>();
    int seeded = 0;
    for (Fault fault : chosen) {
      String killer = killer(fault.file(), fault.source());
      seeded += killer.equals(NOT_JAVA) ? 0 : 1;
      System.out.println((killer.isEmpty() ? "SURVIVED" : killer) + "  " + fault);
      if (killer.isEmpty()) {
        survivors.add(fault);
      }
    }
    int killed = seeded - survivors.size();
    System.out.printf("%d of %d faults killed; survivors:%n", killed, seeded);
    survivors.forEach(System.out::println);
    assertTrue(killed * 100L >= (long) KILLED_PERCENT * seeded, survivors::toString);
  }

  private static List<Fault> chosen() throws IOException {
    List<String> equivalent =
        Files.readAllLines(EQUIVALENT).stream()
            .filter(line -> line.contains(" # "))
            .map(line -> line.substring(0, line.indexOf(" # ")).strip())
            .toList();
    List<Fault> all =
        Fault.all(SOURCES).stream().filter(f -> !equivalent.contains(f.name())).toList();
    double stride = Math.max(1, (double) all.size() / FAULTS);
    List<Fault> chosen = new ArrayList<>();
    for (double at = FIRST; at < all.size(); at += stride) {
      chosen.add(all.get((int) at));
    }
    Collections.shuffle(chosen, new Random(1)); // so that a run that is cut off has seen all rooms
    return chosen;
  }

  /** Returns what fails, or does not end, NOT_JAVA if it does not compile; "" if all tests pass. */
  private String killer(Path file, String source) throws Exception {
    Path classes = Files.createDirectory(folder.resolve("fault" + faults++));
    if (!FaultyClasses.compile(file.getFileName().toString(), source, classes)) {
      return NOT_JAVA;
    }
    Path verdict = folder.resolve("verdict");
    Files.deleteIfExists(verdict);
    Process child =
        new ProcessBuilder(command(classes, verdict, file.getParent().endsWith("domain")))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    while (!child.waitFor(1, TimeUnit.SECONDS)) {
      Duration used = child.info().totalCpuDuration().orElse(Duration.ZERO);
      if (used.compareTo(CPU_TIME) > 0) {
        child.destroyForcibly().waitFor();
        return "no end";
      }
    }
    return Files.exists(verdict) ? Files.readString(verdict) : "exit " + child.exitValue();
  }

  private static List<String> command(Path classes, Path verdict, boolean ofDomain) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String internal : List.of("misc", "access")) {
      command.add("--add-exports=java.base/jdk.internal." + internal + "=ALL-UNNAMED");
    }
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx1g", "-Dsonde.seed=1"));
    command.addAll(List.of("-Dsonde.programs=600", "-Dsonde.constructs=clang16.v3"));
    command.add("-cp");
    command.add(classes + File.pathSeparator + FaultyClasses.classPath());
    command.addAll(List.of(FaultyRun.class.getName(), verdict.toString()));
    if (ofDomain) {
      command.addAll(OF_DOMAIN);
    }
    command.addAll(OF_ALL);
    return command;
  }
}
