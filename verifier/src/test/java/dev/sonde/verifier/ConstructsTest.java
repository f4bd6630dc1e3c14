package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Programs that use each construct rightly and wrongly (global functions, callbacks, dynptrs,
 * iterators, spin locks, timers, packets), and programs as people write them: the verdict and its
 * reason are the kernel's.
 */
class ConstructsTest {
  private static final String ONLY = System.getProperty("sonde.constructs", ""); // of these objects
  private static final String OF_A_CALL = "Caller passes invalid args"; // the reason stands above
  private static final Path CASES = Path.of("src/test/resources");

  @ParameterizedTest
  @CsvSource({"constructs, 1400", "programs, 350"})
  void everyProgramGetsTheKernelsVerdict(String directory, int atLeast) throws IOException {
    Path cases = CASES.resolve(directory);
    Map<String, Map<String, String>> byObject = new TreeMap<>();
    for (String line : Files.readAllLines(cases.resolve("verdicts.txt"))) {
      String[] words = line.split(" ", 3);
      if (!line.startsWith("#") && words[0].contains(ONLY)) {
        byObject.computeIfAbsent(words[0], name -> new TreeMap<>()).put(words[1], words[2]);
      }
    }
    List<String> differences = new ArrayList<>();
    int programs = 0;
    for (Map.Entry<String, Map<String, String>> object : byObject.entrySet()) {
      Map<String, String> verdicts = verdicts(cases.resolve(object.getKey()));
      programs += verdicts.size();
      for (Map.Entry<String, String> expected : object.getValue().entrySet()) {
        String ours = verdicts.getOrDefault(expected.getKey(), "missing");
        if (!ours.equals(expected.getValue())) {
          differences.add(
              "%s %s: %s, kernel: %s"
                  .formatted(object.getKey(), expected.getKey(), ours, expected.getValue()));
        }
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(programs >= (ONLY.isEmpty() ? atLeast : 0), "programs: " + programs);
  }

  private static Map<String, String> verdicts(Path object) throws IOException {
    Map<String, String> verdicts = new TreeMap<>();
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(object), Map.of(), pinned, Kfuncs::byName)) {
      for (ResolvedProgram program : collection.programs()) {
        verdicts.put(program.spec().name(), verdict(program));
      }
    }
    return verdicts;
  }

  private static String verdict(ResolvedProgram program) {
    try {
      Verifier.verify(program, VerifierOptions.DEFAULT);
      return "accepted";
    } catch (VerificationException e) {
      List<String> lines =
          e.log()
              .lines()
              .filter(line -> !line.startsWith("processed ") && !line.isBlank())
              .toList();
      String last = lines.get(lines.size() - 1).strip();
      boolean inner = last.startsWith(OF_A_CALL);
      return "rejected: " + (inner ? lines.get(lines.size() - 2) + " / " : "") + last;
    }
  }
}
