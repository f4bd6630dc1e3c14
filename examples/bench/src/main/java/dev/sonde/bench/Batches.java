package dev.sonde.bench;

import java.util.Arrays;

/** Runs batches of an operation and keeps the fastest: noise only ever adds. */
final class Batches {
  /** A batch of {@code count} operations. */
  interface Batch {
    void run(int count);
  }

  private Batches() {}

  /** Prints and returns the least ns per operation of {@code batches} batches, and the median. */
  static double report(String name, int count, int batches, Batch batch, Runnable between) {
    for (int i = 0; i < batches; i++) { // warm-up: compiled and settled
      batch.run(count);
      between.run();
    }
    double[] nanos = new double[batches];
    for (int i = 0; i < batches; i++) {
      long begin = System.nanoTime();
      batch.run(count);
      nanos[i] = (System.nanoTime() - begin) / (double) count;
      between.run();
    }
    Arrays.sort(nanos);
    System.out.printf("%-52s %8.2f ns  (median %.2f)%n", name, nanos[0], nanos[batches / 2]);
    return nanos[0];
  }

  static double report(String name, int count, int batches, Batch batch) {
    return report(name, count, batches, batch, () -> {});
  }
}
