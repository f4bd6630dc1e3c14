package dev.sonde.testapp;

/** What {@link Rounds} runs, under this name and others. */
public final class RoundA implements Runnable {
  private volatile int seen;

  @Override
  public void run() {
    seen = spin(seen);
  }

  private static int spin(int from) {
    int sum = from;
    for (int i = 0; i < 300_000; i++) {
      sum = Integer.rotateLeft(sum, 3) ^ i;
    }
    return sum;
  }
}
