package dev.sonde.verifier.witness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.verifier.VerifierStats;
import dev.sonde.verifier.certify.Certificate;
import dev.sonde.verifier.certify.Certifier;
import dev.sonde.verifier.certify.Observation;
import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.explore.Explorer;
import dev.sonde.verifier.explore.Retained;
import dev.sonde.verifier.explore.Trail;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.facts.ProgramFacts.Call;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * How generated programs are walked and proved: a line each has what is said of it, the counts of
 * the kernel's summary, how many insns the checker executes with the explorer's claims, with false
 * ones and with none, and a check sum of the log and of the facts. Less precision, a mark that is
 * forgotten or a claim that is not used shows in the counts.
 *
 * <p>The first number is the program's seed: those that follow each other are as good as any, the
 * others show what these do not. {@code -Dsonde.record=true} walks them anew; look at what changed.
 */
class GeneratedWalksTest {
  private static final Path FILE = Path.of("src/test/resources/witness/walks.txt");
  private static final int MOST_INSNS = 1_500;
  private static final int MOST_STEPS = 2_000;
  private static final long STATE_BYTES = 1L << 26;
  private static final ContextLoads[] CONTEXTS = ContextLoads.values();

  @Test
  void everyProgramIsWalkedAndProvedAsRecorded() throws IOException {
    List<String> recorded = Files.readAllLines(FILE);
    List<String> walks = new ArrayList<>();
    for (String line : recorded) {
      int seed = Integer.parseInt(line.substring(0, line.indexOf(' ')));
      walks.add(seed + " " + walk(seed));
      if (!Boolean.getBoolean("sonde.record")) {
        assertEquals(
            line, walks.get(walks.size() - 1), "-Dsonde.record=true records what is meant");
      }
    }
    if (Boolean.getBoolean("sonde.record")) {
      Files.write(FILE, walks);
    }
    long accepted = walks.stream().filter(walk -> walk.contains(" accepted ")).count();
    assertTrue(accepted > 100, accepted + " are accepted");
  }

  /** Returns what there is to say of the program that is generated from {@code seed}. */
  static String walk(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ContextLoads context = CONTEXTS[seed % CONTEXTS.length];
    ResolvedProgram program = Resources.program(new ProgramGenerator(random, context, 9));
    return walk(program, seed % 5 == 4, random);
  }

  private static String walk(ResolvedProgram program, boolean strict, SplittableRandom random) {
    try {
      VerifiedProgram proved = Verifier.verify(program, options(2, strict));
      VerifierStats stats = proved.stats();
      return "accepted insns %d states %d/%d/%d executed %s log %s facts %s"
          .formatted(
              stats.processedInsns(),
              stats.maxStatesPerInsn(),
              stats.totalStates(),
              stats.peakStates(),
              executed(program, strict, random),
              digest(proved.log()),
              digest(text(proved.facts())));
    } catch (VerificationException e) {
      return "refused insn %d log %s/%s: %s"
          .formatted(
              e.insn(),
              digest(e.log()),
              digest(shortLog(program, strict)),
              e.getMessage().replace("\n", " | "));
    }
  }

  private static String shortLog(ResolvedProgram program, boolean strict) {
    try {
      return Verifier.verify(program, options(1, strict)).log();
    } catch (VerificationException e) {
      return e.log();
    }
  }

  private static VerifierOptions options(int level, boolean strict) {
    return new VerifierOptions(level, strict, MOST_INSNS);
  }

  /** With the explorer's claims, with changed ones, with each second one, with none. */
  private static String executed(ResolvedProgram program, boolean strict, SplittableRandom random) {
    ControlFlow flow = ControlFlow.of(program);
    Trail silent = new Trail(program.spec(), 0);
    Explorer explorer =
        new Explorer(program, flow, strict, MOST_INSNS, STATE_BYTES, Facts.NONE, silent);
    explorer.run();
    List<Retained> retained = explorer.retained();
    Lies lies = new Lies(random);
    List<Retained> half = new ArrayList<>();
    for (int i = 0; i < retained.size(); i += 2) {
      half.add(retained.get(i));
    }
    return executed(program, flow, strict, retained, state -> state)
        + "/"
        + executed(program, flow, strict, retained, lies::of)
        + "/"
        + executed(program, flow, strict, half, state -> state)
        + "/"
        + executed(program, flow, strict, List.of(), state -> state);
  }

  private static String executed(
      ResolvedProgram program,
      ControlFlow flow,
      boolean strict,
      List<Retained> claims,
      UnaryOperator<State> change) {
    Certificate certificate = new Certificate();
    claims.forEach(claim -> certificate.add(claim.insn(), change.apply(claim.state())));
    Certifier certifier =
        new Certifier(
            (path, facts) -> new Step(program, flow, strict, path, facts),
            () -> new Observation(program, flow),
            flow::isPrunePoint,
            MOST_STEPS);
    State entry = State.entry(0, CallbackKind.NONE);
    entry.setReg(1, Reg.pointer(RegKind.CTX));
    certifier.enter(0, entry);
    try {
      ProgramFacts facts = certifier.certify(certificate);
      return certifier.executed() + "=" + digest(text(facts));
    } catch (Rejection rejection) {
      return certifier.executed() + " " + rejection.getMessage();
    }
  }

  private static String text(ProgramFacts facts) {
    StringBuilder out = new StringBuilder();
    out.append(facts.reached()).append(facts.branches()).append(facts.accesses());
    out.append(facts.ranges()).append(facts.loops()).append(facts.subprograms());
    facts.calls().forEach(call -> out.append(text(call)));
    return out.append(facts.contextReads()).toString();
  }

  private static String text(@Nullable Call call) {
    if (call == null) {
      return "-";
    }
    String map = call.map() == null ? "?" : call.map().spec().name();
    return map + call.keyConstant() + call.nonNull() + call.arguments();
  }

  private static String digest(String text) {
    CRC32 sum = new CRC32();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(sum.getValue());
  }
}
