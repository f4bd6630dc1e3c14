package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.VerifierOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How the programs of {@code cases.txt} are walked, and what is proved of them: the log at level 2
 * with its count of insns and states, then the facts by insn, or the explanation of a rejection.
 * What changes none of this changes nothing for a user.
 *
 * <p>{@code -Dsonde.record=true} writes the file anew; look at what changed.
 */
class RecordedWalksTest {
  private static final Path FILE = Path.of("src/test/resources/kernel/walks.txt");
  private static final String CASE = "== ";
  private static final int FIRST_LINES = 40;
  private static final int LAST_LINES = 5;

  @Test
  void everyCaseIsWalkedAndProvedAsRecorded() throws IOException {
    List<String> walks = new ArrayList<>();
    for (VerdictCasesTest.Case each : VerdictCasesTest.cases()) {
      walks.add(CASE + each.name() + "\n" + walk(each));
    }
    if (Boolean.getBoolean("sonde.record")) {
      Files.writeString(FILE, String.join("", walks));
    }
    String[] recorded = Files.readString(FILE).split("(?m)(?=^== )");
    assertEquals(recorded.length, walks.size(), "cases; -Dsonde.record=true records new ones");
    for (int i = 0; i < recorded.length; i++) {
      assertEquals(
          recorded[i], walks.get(i), "-Dsonde.record=true records what is meant to change");
    }
  }

  private static String walk(VerdictCasesTest.Case each) {
    return Walk.of(
        VerdictCasesTest.program(each),
        new VerifierOptions(2, each.strict(), 100_000),
        RecordedWalksTest::shortened);
  }

  /** The last lines have the counts, which tell of the others. */
  private static String shortened(String log) {
    String[] lines = log.split("\n");
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      boolean kept = i < FIRST_LINES || i >= lines.length - LAST_LINES;
      out.append(kept ? lines[i] + "\n" : i == FIRST_LINES ? "...\n" : "");
    }
    return out.toString();
  }
}
