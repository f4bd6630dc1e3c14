package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The verdicts that Linux 6.18 gave on a fixed set of mutants, so that they count where no kernel
 * can be asked. A line of the file is an object; its letters are the mutants of its programs in
 * order: a and r are what both accept and reject, A what only we accept, R what only we reject.
 * What the kernel could not be asked counts as agreement.
 *
 * <p>{@code -Dsonde.record=true} asks the running kernel anew; look at what changed.
 */
class VerdictReplayTest {
  private static final Path FILE = Path.of("src/test/resources/kernel/linux-6.18-verdicts.txt");
  private static final int MUTANTS = 8; // of each program
  private static final int EVERY = 2; // object

  @Test
  void fixedMutantsGetTheRecordedVerdicts() throws IOException {
    boolean records = Boolean.getBoolean("sonde.record");
    List<Path> objects = KernelVerdictTest.objects();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < objects.size(); i += EVERY) {
      lines.add(objects.get(i).getFileName() + " " + verdicts(objects.get(i), i, records));
    }
    if (records) {
      Files.write(FILE, lines);
    }
    List<String> recorded = Files.readAllLines(FILE);
    assertEquals(recorded.size(), lines.size());
    for (int i = 0; i < lines.size(); i++) {
      assertEquals(ours(recorded.get(i)), ours(lines.get(i)));
    }
  }

  /** Returns what we say: A is an acceptance of ours, R a rejection. */
  private static String ours(String line) {
    int space = line.indexOf(' ');
    return line.substring(0, space) + line.substring(space).replace('A', 'a').replace('R', 'r');
  }

  private static String verdicts(Path object, int seed, boolean records) throws IOException {
    Mutator mutator = new Mutator(new Random(seed));
    StringBuilder out = new StringBuilder();
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(object), Map.of(), pinned, Kfuncs::byName);
        Asked kernel = new Asked(records)) {
      for (ResolvedProgram program : collection.programs()) {
        for (int i = 0; i < MUTANTS; i++) {
          List<Insn> insns =
              i % 4 == 0 ? mutator.weaken(program.insns()) : mutator.mutate(program.insns());
          out.append(kernel.letter(program, insns, accepts(program, insns)));
        }
      }
    }
    return out.toString();
  }

  private static boolean accepts(ResolvedProgram program, List<Insn> insns) {
    try {
      Verifier.verify(
          KernelVerdictTest.with(program, insns), new VerifierOptions(0, false, 1_000_000));
      return true;
    } catch (VerificationException e) {
      return false;
    }
  }

  /** The kernel where it is asked, else our own letters. */
  private static final class Asked implements AutoCloseable {
    private final List<KernelOracle> kernel = new ArrayList<>();

    Asked(boolean records) {
      if (records) {
        kernel.add(new KernelOracle());
        assumeTrue(kernel.get(0).isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
      }
    }

    char letter(ResolvedProgram program, List<Insn> insns, boolean accepted) {
      if (kernel.isEmpty()) {
        return accepted ? 'a' : 'r';
      }
      KernelOracle.Verdict verdict = kernel.get(0).ask(program, insns);
      boolean agrees = verdict == null || verdict.accepted() == accepted;
      return accepted ? (agrees ? 'a' : 'A') : agrees ? 'r' : 'R';
    }

    @Override
    public void close() {
      kernel.forEach(KernelOracle::close);
    }
  }
}
