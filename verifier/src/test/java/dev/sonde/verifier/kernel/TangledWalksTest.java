package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.certify.Certificate;
import dev.sonde.verifier.certify.Certifier;
import dev.sonde.verifier.certify.Observation;
import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.explore.Explorer;
import dev.sonde.verifier.explore.Retained;
import dev.sonde.verifier.explore.Trail;
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
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * How {@link TangledPrograms} are walked: a line of the file is for a few programs that follow each
 * other, with how many are accepted, how many insns explorer and checker execute, how many states
 * are kept, and a check sum of what else there is: each verdict, each state that paths end at with
 * what is needed of it, the facts, here and there the log.
 *
 * <p>{@code -Dsonde.record=true} walks them anew. A change that is meant changes many lines and few
 * counts; {@code -Dsonde.walks=DIRECTORY} writes the walks, to be compared.
 */
class TangledWalksTest {
  private static final Path FILE = Path.of("src/test/resources/kernel/tangled-walks.txt");
  private static final String WALKS = System.getProperty("sonde.walks", "");
  private static final int PROGRAMS = 3_000;
  private static final int IN_A_LINE = 10;
  private static final int MOST_INSNS = 1_200;
  private static final int MOST_STEPS = 3_000;
  private static final long STATE_BYTES = 1L << 26;

  private int accepted;
  private int insns;
  private int executed;
  private int states;

  @Test
  void everyProgramIsWalkedAndProvedAsRecorded() throws IOException {
    boolean records = Boolean.getBoolean("sonde.record");
    List<String> recorded = records ? List.of() : Files.readAllLines(FILE);
    List<String> lines = new ArrayList<>();
    int all = 0;
    for (int seed = 0; seed < PROGRAMS; seed += IN_A_LINE) {
      String line = line(seed);
      if (!records) {
        assertEquals(recorded.get(lines.size()), line, "-Dsonde.record=true records what is meant");
      }
      lines.add(line);
      all += accepted;
    }
    if (records) {
      Files.write(FILE, lines);
    }
    assertTrue(all * 100 >= 25 * PROGRAMS, all + " are accepted");
  }

  private String line(int first) throws IOException {
    accepted = 0;
    insns = 0;
    executed = 0;
    states = 0;
    CRC32 sum = new CRC32();
    for (int seed = first; seed < first + IN_A_LINE; seed++) {
      String walk = walk(seed);
      sum.update(walk.getBytes(StandardCharsets.UTF_8));
      if (!WALKS.isEmpty()) {
        Files.createDirectories(Path.of(WALKS));
        Files.writeString(Path.of(WALKS, "tangled." + seed + ".txt"), walk);
      }
    }
    return "%d accepted %d insns %d states %d executed %d %08x"
        .formatted(first, accepted, insns, states, executed, sum.getValue());
  }

  private String walk(int seed) {
    VerdictCasesTest.Case made = TangledPrograms.of(seed);
    ResolvedProgram program = VerdictCasesTest.program(made);
    Trail trail = new Trail(program.spec(), seed % 8 == 0 ? 2 : 0);
    StringBuilder out = new StringBuilder(String.join("\n", made.code())).append('\n');
    ControlFlow flow = ControlFlow.of(program);
    Explorer explorer =
        new Explorer(program, flow, made.strict(), MOST_INSNS, STATE_BYTES, Facts.NONE, trail);
    try {
      explorer.run();
      List<Retained> retained = explorer.retained();
      retained.forEach(kept -> out.append(text(kept)).append('\n'));
      out.append(proof(program, flow, made.strict(), retained));
      accepted++;
    } catch (Rejection rejection) {
      out.append(explorer.insn()).append(": ").append(rejection.getMessage());
    }
    insns += explorer.processed();
    states += explorer.totalStates();
    return out.append(trail.text())
        .append("\n%d insns, states %d/%d/%d\n".formatted(counts(explorer)))
        .toString();
  }

  private static Object[] counts(Explorer explorer) {
    return new Object[] {
      explorer.processed(),
      explorer.maxStatesPerInsn(),
      explorer.totalStates(),
      explorer.peakStates()
    };
  }

  private static String text(Retained kept) {
    StringBuilder out = new StringBuilder().append(kept.insn()).append(':');
    for (int f = 0; f < kept.state().depth(); f++) {
      out.append(kept.state().text(f, -1, -1L));
    }
    return out.toString();
  }

  private String proof(
      ResolvedProgram program, ControlFlow flow, boolean strict, List<Retained> claims) {
    Certificate certificate = new Certificate();
    claims.forEach(claim -> certificate.add(claim.insn(), claim.state()));
    Certifier certifier =
        new Certifier(
            (path, facts) -> new Step(program, flow, strict, path, facts),
            () -> new Observation(program, flow),
            flow::isPrunePoint,
            MOST_STEPS);
    State entry = State.entry(0, CallbackKind.NONE);
    entry.setReg(1, Reg.pointer(RegKind.CTX));
    certifier.enter(0, entry);
    String proved;
    try {
      proved = certifier.certify(certificate).toString();
    } catch (Rejection rejection) {
      proved = rejection.getMessage();
    }
    executed += (int) certifier.executed();
    return certifier.executed() + " executed, " + proved.replaceAll("@[0-9a-f]+", "");
  }
}
