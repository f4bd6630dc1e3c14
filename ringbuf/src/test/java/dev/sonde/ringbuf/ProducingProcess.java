package dev.sonde.ringbuf;

import java.nio.file.Path;
import java.util.Random;

/** The other process of the two-process tests: makes a ring file and produces into it. */
final class ProducingProcess {
  private ProducingProcess() {}

  /** Arguments: file, size, how many attempts, and "finish" or "die" (with a record half done). */
  public static void main(String[] args) throws Exception {
    RingFile file = RingFile.create(Path.of(args[0]), Integer.parseInt(args[1]));
    RingProducer ring = new RingProducer(file.memory(), new RingSignal());
    Random random = new Random(1);
    long lost = 0;
    long attempts = Long.parseLong(args[2]);
    System.out.println("ready");
    for (long n = 0; n < attempts; n++) {
      while (!CheckedRecords.put(ring, file.memory().data(), 0, n, random, false)) {
        lost++;
        Thread.sleep(1);
      }
    }
    if (args[3].equals("die")) {
      ring.reserve(16);
      CheckedRecords.put(ring, file.memory().data(), 1, 0, random, false);
      file.memory().tryLock();
      System.out.println("dying");
      Runtime.getRuntime().halt(9);
    }
    System.out.println("done " + lost);
  }
}
