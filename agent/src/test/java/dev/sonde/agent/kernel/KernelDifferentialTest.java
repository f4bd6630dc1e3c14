package dev.sonde.agent.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Random programs end the same on the interpreter, on the JIT and in the running kernel. */
class KernelDifferentialTest {
  private static final int PROGRAMS =
      Integer.getInteger(
          "sonde.kernel.programs", Boolean.getBoolean("sonde.long") ? 1_000_000 : 100_000);

  private static final int THREADS = 2;

  @Test
  void randomProgramsEndAsInTheKernel() throws Exception {
    assumePermitted();
    long first = Long.getLong("sonde.seed", System.nanoTime());
    System.out.println("programs for the kernel from seed " + first);
    List<Callable<Comparison.Totals>> workers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      long own = first + i * 1_000_000_000L; // maps live on: what meets must be the same each time
      workers.add(
          () -> {
            try (Comparison comparison = new Comparison()) {
              int compared = 0;
              for (long seed = own; compared < (PROGRAMS + THREADS - 1) / THREADS; seed++) {
                compared += comparison.compare(seed) ? 1 : 0;
              }
              return comparison.totals();
            }
          });
    }
    Comparison.Totals totals = Comparison.Totals.NONE;
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (Future<Comparison.Totals> worker : threads.invokeAll(workers)) {
        totals = totals.plus(worker.get());
      }
    } finally {
      threads.shutdownNow();
    }
    System.out.println("kernel differential: " + totals);
    assertTrue(totals.compared() >= PROGRAMS, totals.toString());
    assertTrue(totals.compared() > 5 * totals.rejected(), "the generator misses: " + totals);
  }

  private static void assumePermitted() {
    try (BpfDoor door = BpfDoor.permitted()) {
      assumeTrue(door != null, "bpf(2) is not permitted here: run as root on Linux");
    }
  }
}
