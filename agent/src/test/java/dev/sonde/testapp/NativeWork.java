package dev.sonde.testapp;

import java.io.FileOutputStream;
import java.io.IOException;

/**
 * What the test application does below Java, so many times that a test can count it: {@code write N
 * FILE}, {@code parent N}, {@code total N}, {@code gc N}, {@code threads N}, {@code spin MS}.
 */
final class NativeWork {
  private NativeWork() {}

  static String obey(String... words) throws IOException {
    return switch (words[0]) {
      case "write" -> "wrote " + write(Integer.parseInt(words[1]), words[2]);
      case "parent" -> "asked " + askParent(Integer.parseInt(words[1]));
      case "total" -> "asked " + askMemory(Integer.parseInt(words[1]));
      case "gc" -> "collected " + collect(Integer.parseInt(words[1]));
      case "threads" -> "started " + start(Integer.parseInt(words[1]));
      case "spin" -> "spun " + spin(Long.parseLong(words[1]));
      default -> "what?";
    };
  }

  /** Writes 100 bytes at a time from one place, 7 from another. */
  private static long write(int times, String file) throws IOException {
    try (FileOutputStream out = new FileOutputStream(file)) {
      for (int i = 0; i < times; i++) {
        writeLong(out);
        writeShort(out);
      }
    }
    return times * 107L;
  }

  private static void writeLong(FileOutputStream out) throws IOException {
    out.write(new byte[100], 0, 100);
  }

  private static void writeShort(FileOutputStream out) throws IOException {
    out.write(new byte[7], 0, 7);
  }

  /** Calls getppid in libc once each time. */
  private static int askParent(int times) {
    int found = 0;
    for (int i = 0; i < times; i++) {
      found += ProcessHandle.current().parent().isPresent() ? 1 : 0;
    }
    return found;
  }

  /** Calls JVM_TotalMemory in libjvm once each time. */
  private static int askMemory(int times) {
    int found = 0;
    for (int i = 0; i < times; i++) {
      found += Runtime.getRuntime().totalMemory() > 0 ? 1 : 0;
    }
    return found;
  }

  private static int collect(int times) {
    for (int i = 0; i < times; i++) {
      System.gc();
    }
    return times;
  }

  private static int start(int times) {
    for (int i = 0; i < times; i++) {
      Thread thread = new Thread(() -> {}, "counted-" + i);
      thread.start();
      try {
        thread.join();
      } catch (InterruptedException e) {
        return i;
      }
    }
    return times;
  }

  private static long spin(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    long turns = 0;
    while (System.nanoTime() < end) {
      turns++;
    }
    return turns > 0 ? millis : 0;
  }
}
