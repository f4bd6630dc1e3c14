package dev.sonde.probes.perf;

import dev.sonde.probes.linux.Linux;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Closes many descriptors at once. Closing a probe waits for an RCU grace period, 50 to 100 ms
 * each; threads that wait beside each other wait for the same one.
 */
final class Closing {
  private static final int THREADS = 32;
  private static final int FEW = 4;

  private Closing() {}

  static void all(Linux linux, List<Integer> descriptors) {
    Queue<Integer> left = new ConcurrentLinkedQueue<>(descriptors);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Math.min(THREADS, descriptors.size() / FEW); i++) {
      Thread thread = new Thread(null, () -> drain(linux, left), "sonde-close", 1 << 17);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start();
      threads.add(thread);
    }
    drain(linux, left);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void drain(Linux linux, Queue<Integer> left) {
    for (Integer fd = left.poll(); fd != null; fd = left.poll()) {
      linux.close(fd);
    }
  }
}
