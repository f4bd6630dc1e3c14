package dev.sonde.verifier.certify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.transfer.StatePairs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Which states stand for which in a certificate: for every pair of {@link StatePairs}, {@code >}
 * where the one includes the changed one, {@code <} the other way round.
 *
 * <p>{@code -Dsonde.record=true} writes the file anew; each line that changes is to be argued.
 */
class InclusionTest {
  private static final Path FILE = Path.of("src/test/resources/certify/includes.txt");

  @Test
  void aStateIncludesWhatItStandsForAndNothingElse() throws IOException {
    Inclusion inclusion = new Inclusion();
    Map<String, StringBuilder> lines = new LinkedHashMap<>();
    for (StatePairs.Pair pair : StatePairs.all(0)) {
      StringBuilder line = lines.computeIfAbsent(pair.where(), name -> new StringBuilder());
      if (inclusion.includes(pair.one(), pair.other())) {
        line.append(" >").append(pair.how());
      }
      if (inclusion.includes(pair.other(), pair.one())) {
        line.append(" <").append(pair.how());
      }
    }
    List<String> all = new ArrayList<>();
    lines.forEach((where, line) -> all.add(where + ":" + line));
    if (Boolean.getBoolean("sonde.record")) {
      Files.createDirectories(FILE.getParent());
      Files.write(FILE, all);
    }
    assertEquals(String.join("\n", Files.readAllLines(FILE)), String.join("\n", all));
  }
}
