package dev.sonde.probes;

/** Waits for threads of ours that are about to end. */
public final class OwnThreads {
  private OwnThreads() {}

  /** Returns once {@code thread} has ended; an interrupt meanwhile is kept for the caller. */
  public static void awaitEnd(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
