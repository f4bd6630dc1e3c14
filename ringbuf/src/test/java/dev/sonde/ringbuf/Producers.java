package dev.sonde.ringbuf;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Threads that write checked records of random lengths into one ring for some time. */
final class Producers {
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong discarded = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();

  /** Starts {@code count} of them. */
  Producers(BufferRingMemory memory, RingSignal signal, int count, long seed, long nanos) {
    RingProducer ring = new RingProducer(memory, signal);
    long deadline = System.nanoTime() + nanos;
    for (int i = 0; i < count; i++) {
      int number = i;
      Thread thread = new Thread(() -> run(ring, memory, number, seed, deadline));
      threads.add(thread);
      thread.start();
    }
  }

  private void run(
      RingProducer ring, BufferRingMemory memory, int number, long seed, long deadline) {
    Random random = new Random(seed + number);
    long n = 0;
    long refused = 0;
    long dropped = 0;
    while (n == 0 || System.nanoTime() < deadline) {
      boolean drop = random.nextInt(20) == 0;
      boolean in = CheckedRecords.put(ring, memory.data(), number, n, random, drop);
      refused += in ? 0 : 1;
      dropped += in && drop ? 1 : 0;
      n++;
    }
    attempts.addAndGet(n);
    lost.addAndGet(refused);
    discarded.addAndGet(dropped);
  }

  boolean areRunning() {
    return threads.stream().anyMatch(Thread::isAlive);
  }

  /** Waits until all have ended; returns attempts, losses and discards. */
  long[] join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
    return new long[] {attempts.get(), lost.get(), discarded.get()};
  }

  /**
   * The other process: for each line of stdin, {@code FILE SIZE PRODUCERS MILLIS SEED}, makes a
   * ring file, says {@code ready}, produces, and says the three numbers.
   */
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      RingFile file = RingFile.create(Path.of(words[0]), Integer.parseInt(words[1]));
      System.out.println("ready");
      Producers producers =
          new Producers(
              file.memory(),
              new RingSignal(),
              Integer.parseInt(words[2]),
              Long.parseLong(words[4]),
              TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[3])));
      long[] counts = producers.join();
      System.out.println(counts[0] + " " + counts[1] + " " + counts[2]);
    }
  }
}
