package dev.sonde.testapp;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Does one thing whose cost is known, named by its argument. {@code lock}: of two threads one
 * always waits for a monitor, of two others one for a lock. {@code alloc}: three bytes of four in
 * one method. {@code cpu}: three quarters of the time in one method. {@code nap}: a thread that
 * naps all the time. {@code touch}: writes new pages for each byte on stdin and says how many
 * faults the kernel counted.
 */
public final class KnownCosts {
  private static final int PAGES = 4096;

  private static final Object MONITOR = new Object();
  private static final ReentrantLock LOCK = new ReentrantLock();
  private static volatile Object sink = "";
  private static volatile long number;

  private KnownCosts() {}

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "lock" -> {
        start(KnownCosts::enter);
        start(KnownCosts::enter);
        start(KnownCosts::acquire);
        start(KnownCosts::acquire);
      }
      case "alloc" -> start(KnownCosts::allocate);
      case "cpu" -> start(KnownCosts::compute);
      case "nap" -> start(KnownCosts::nap);
      default -> {}
    }
    System.out.print('r');
    System.out.flush();
    while (System.in.read() >= 0) {
      long before = faults();
      touch();
      System.out.println(faults() - before);
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
  }

  private static void enter() {
    while (true) {
      synchronized (MONITOR) {
        sleep(5);
      }
    }
  }

  private static void acquire() {
    while (true) {
      LOCK.lock();
      try {
        sleep(5);
      } finally {
        LOCK.unlock();
      }
    }
  }

  private static void nap() {
    while (true) {
      sleep(20);
    }
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void allocate() {
    while (true) {
      for (int i = 0; i < 1000; i++) {
        if (ThreadLocalRandom.current().nextInt(4) > 0) { // no pattern that buffers could repeat
          allocateMuch();
        } else {
          allocateLittle();
        }
      }
      sleep(1);
    }
  }

  private static void allocateMuch() {
    sink = new byte[1000];
  }

  private static void allocateLittle() {
    sink = new byte[1000];
  }

  private static void compute() {
    while (true) {
      computeMuch();
      computeLittle();
    }
  }

  private static void computeMuch() {
    spin(6_000_000);
  }

  private static void computeLittle() {
    spin(2_000_000);
  }

  private static void spin(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      long x = number + 1;
      for (int i = 0; i < 20_000; i++) {
        x ^= x * 31 + (x >>> 7);
      }
      number = x;
    }
  }

  /** The tenth and the twelfth word of the line: minor and major faults (proc(5)). */
  private static long faults() throws Exception {
    String line = Files.readString(Path.of("/proc/self/stat"));
    String[] words = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(words[7]) + Long.parseLong(words[9]);
  }

  private static void touch() throws Exception {
    Path file = Files.createTempFile("touch", ".pages");
    try (RandomAccessFile pages = new RandomAccessFile(file.toFile(), "rw")) {
      ByteBuffer mapped = pages.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, PAGES << 12);
      for (int i = 0; i < PAGES; i++) {
        mapped.put(i << 12, (byte) 1);
        if (i % 16 == 0) {
          Thread.sleep(1); // of a burst, the kernel would hold samples back
        }
      }
    } finally {
      Files.delete(file);
    }
  }
}
