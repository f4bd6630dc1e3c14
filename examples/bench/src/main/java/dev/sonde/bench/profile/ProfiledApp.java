package dev.sonde.bench.profile;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;

/**
 * The application that is profiled: recursion, collections, Deflater, file reads, sorting, all in
 * one thread. Prints, ten times a second, the time and the CPU time that a step took.
 */
public final class ProfiledApp {
  private static final long REPORT_NANOS = 100_000_000L;

  private final byte[] text = new byte[16_384];
  private final byte[] packed = new byte[65_536];
  private final int[] numbers = new Random(2).ints(8000).toArray();
  private final RandomAccessFile zeros;

  private ProfiledApp() throws IOException {
    zeros = new RandomAccessFile("/dev/zero", "r");
    new Random(1).nextBytes(text);
    for (int i = 0; i < text.length; i++) {
      text[i] &= 15;
    }
  }

  /** Runs until its output is closed. */
  public static void main(String[] args) throws IOException {
    ProfiledApp app = new ProfiledApp();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long sum = 0;
    while (!System.out.checkError()) {
      long start = System.nanoTime();
      long cpu = threads.getCurrentThreadCpuTime();
      int steps = 0;
      while (System.nanoTime() - start < REPORT_NANOS) {
        sum += app.step();
        steps++;
      }
      long each = (threads.getCurrentThreadCpuTime() - cpu) / steps;
      System.out.println(System.nanoTime() + " " + each + " " + (sum & 1));
    }
  }

  private long step() throws IOException {
    return fib(20) + words() + zip() + read() + sort();
  }

  private static long fib(int n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
  }

  private int words() {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i + 8 < text.length; i += 8) {
      counts.merge(new String(text, i, 4, StandardCharsets.ISO_8859_1), 1, Integer::sum);
    }
    return counts.size();
  }

  private int zip() {
    Deflater deflater = new Deflater();
    deflater.setInput(text);
    deflater.finish();
    int length = deflater.deflate(packed);
    deflater.end();
    return length;
  }

  private long read() throws IOException {
    long sum = 0;
    for (int i = 0; i < 60; i++) {
      zeros.seek(0);
      sum += zeros.read(packed);
    }
    return sum;
  }

  private long sort() {
    int[] copy = numbers.clone();
    Arrays.sort(copy);
    return copy[0];
  }
}
