package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.witness.GeneratedPrograms;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Our verdicts beside the running kernel's, on programs that were made up: those that the witness
 * runs, with their maps, kfuncs, callbacks and global functions.
 */
class GeneratedVerdictTest {
  private static final int PROGRAMS =
      Integer.getInteger("sonde.generated", Boolean.getBoolean("sonde.long") ? 500_000 : 10_000);
  private static final int AGAIN = 4_000; // programs after which the kernel's maps are made anew

  @Test
  void generatedProgramsGetTheKernelsVerdict() {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    VerdictTally tally = new VerdictTally("GeneratedVerdictTest: seed " + seed, false);
    int made = 0;
    while (tally.asked() < PROGRAMS) {
      try (KernelOracle kernel = new KernelOracle()) {
        assumeTrue(kernel.isAvailable(), "no bpf(2) here: it needs root or CAP_BPF");
        for (int i = 0; i < AGAIN && tally.asked() < PROGRAMS; i++) {
          tally.compare(kernel, GeneratedPrograms.next(random.split()), "program " + made++);
        }
      }
      assertTrue(tally.asked() > made / 2, "the kernel judged " + tally.asked() + " of " + made);
    }
    tally.report();
    tally.judge(seed);
    assertTrue(tally.accepted() * 100L >= 25L * PROGRAMS, tally.accepted() + " accepted by both");
  }
}
