package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Branch;
import dev.sonde.verifier.facts.ProgramFacts.Call;
import dev.sonde.verifier.facts.ProgramFacts.ContextRead;
import dev.sonde.verifier.facts.ProgramFacts.Loop;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
    try {
      VerifiedProgram proved =
          Verifier.verify(
              VerdictCasesTest.program(each), new VerifierOptions(2, each.strict(), 100_000));
      return shortened(proved.log())
          + "stack "
          + proved.stats().stackDepthBytes()
          + "\n"
          + text(proved);
    } catch (VerificationException e) {
      return shortened(e.log()) + "> " + e.getMessage().replace("\n", "\n> ") + "\n";
    }
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

  private static String text(VerifiedProgram proved) {
    ProgramFacts facts = proved.facts();
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < facts.branches().size(); i++) {
      String line =
          (facts.reached().get(i) ? "" : " never")
              + (facts.branches().get(i) == Branch.NONE ? "" : " " + facts.branches().get(i))
              + text(facts.accesses().get(i))
              + text(facts.ranges().get(i))
              + text(facts.calls().get(i));
      out.append(line.isEmpty() ? "" : "@" + i + line + "\n");
    }
    for (Loop loop : facts.loops()) {
      out.append("@ ").append(loop).append('\n');
    }
    for (Subprogram part : facts.subprograms()) {
      out.append(
          "@ %s %d..%d uses %d shares %s%n"
              .formatted(
                  part.name(),
                  part.firstInsn(),
                  part.endInsn(),
                  part.stackDepthBytes(),
                  part.sharedFrameBytes()));
    }
    List<ContextRead> reads = facts.contextReads();
    return out.append("@ context ").append(reads).append('\n').toString();
  }

  private static String text(@Nullable Access access) {
    if (access == null) {
      return "";
    }
    String at = access.constantOffset() ? "%+d".formatted(access.offsetBytes()) : "+?";
    return " touches " + access.region() + at + (access.ownFrame() ? " own" : "");
  }

  private static String text(@Nullable Range range) {
    return range == null ? "" : " [" + range.min() + ", " + range.max() + "]";
  }

  private static String text(@Nullable Call call) {
    if (call == null) {
      return "";
    }
    return " calls(%s)"
            .formatted(
                call.arguments().stream()
                    .map(range -> range == null ? "-" : text(range).strip())
                    .collect(Collectors.joining(" ")))
        + (call.map() == null ? "" : " map " + call.map().spec().name())
        + (call.keyConstant() == null ? "" : " key " + call.keyConstant())
        + (call.nonNull() ? " never null" : "");
  }
}
