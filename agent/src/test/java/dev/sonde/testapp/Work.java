package dev.sonde.testapp;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.zip.Deflater;

/** Keeps one thread busy for so many seconds, in Java, in native code and in the kernel. */
public final class Work {
  private static final IntUnaryOperator TWICE = n -> n * 2;
  private static volatile long sink;

  private Work() {}

  public static void main(String[] args) throws Exception {
    Thread sleeper = new Thread(Work::sleepForever, "sleeper");
    sleeper.setDaemon(true);
    sleeper.start();
    byte[] text = new byte[1 << 13];
    new Random(1).nextBytes(text);
    long end = System.nanoTime() + Long.parseLong(args[0]) * 1_000_000_000L;
    step(text);
    System.out.print('r');
    System.out.flush();
    while (System.nanoTime() < end) {
      step(text);
    }
  }

  private static void step(byte[] text) throws Exception {
    long sum = recurse(20);
    int[] numbers = new int[2000];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = inlinedSum(text, i);
    }
    Arrays.sort(numbers);
    sum += numbers[7] + zip(text) + Files.readAllBytes(Path.of("/proc/self/status")).length;
    sink = sum;
  }

  private static int inlinedSum(byte[] text, int from) {
    int sum = 0;
    for (int i = 0; i < 400; i++) {
      sum = Integer.rotateLeft(sum, 5) ^ TWICE.applyAsInt(text[from + i]); // no vector of it
    }
    return sum;
  }

  private static long recurse(int n) {
    return n < 2 ? n : recurse(n - 1) + recurse(n - 2);
  }

  private static int zip(byte[] text) {
    Deflater deflater = new Deflater(1);
    deflater.setInput(text);
    deflater.finish();
    int length = deflater.deflate(new byte[1 << 16]);
    deflater.end();
    return length;
  }

  private static void sleepForever() {
    try {
      Thread.sleep(1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
