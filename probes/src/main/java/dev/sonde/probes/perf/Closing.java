package dev.sonde.probes.perf;

import dev.sonde.probes.linux.Linux;
import dev.sonde.vm.context.OwnThreads;
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

  /** Up to so many are waited for. */
  private static final int MANY = 128;

  private Closing() {}

  /** Closes {@code descriptors}, many of them on a thread of its own: their events are off. */
  static void soon(Linux linux, List<Integer> descriptors) {
    if (descriptors.size() <= MANY) {
      all(linux, descriptors);
    } else {
      List<Integer> some = List.copyOf(descriptors);
      OwnThreads.start("sonde-close", () -> all(linux, some));
    }
  }

  static void all(Linux linux, List<Integer> descriptors) {
    Queue<Integer> left = new ConcurrentLinkedQueue<>(descriptors);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Math.min(THREADS, descriptors.size() / FEW); i++) {
      threads.add(OwnThreads.start("sonde-close", () -> drain(linux, left)));
    }
    drain(linux, left);
    threads.forEach(OwnThreads::awaitEnd);
  }

  private static void drain(Linux linux, Queue<Integer> left) {
    for (Integer fd = left.poll(); fd != null; fd = left.poll()) {
      linux.close(fd);
    }
  }
}
