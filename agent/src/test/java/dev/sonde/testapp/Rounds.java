package dev.sonde.testapp;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

/**
 * After a byte on stdin runs six classes in turn, RoundA to RoundF, each for 0.6 s of CPU time, and
 * has each unloaded before the next: the code of one takes the place of the other's.
 */
public final class Rounds {
  private static final long ROUND_NANOS = 600_000_000L;

  private Rounds() {}

  public static void main(String[] args) throws Exception {
    System.out.print('r');
    System.out.flush();
    if (System.in.read() < 0) {
      return;
    }
    for (char letter = 'A'; letter <= 'F'; letter++) {
      run(letter);
      Thread.sleep(
          1800); // until its samples are read, also on a busy machine: then its code may go
      System.gc();
    }
    Thread.sleep(1000); // then the process may
  }

  private static void run(char letter) throws Exception {
    Runnable round = (Runnable) new Loader().define(letter).getDeclaredConstructor().newInstance();
    long end = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() + ROUND_NANOS;
    while (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() < end) {
      round.run();
    }
  }

  private static final class Loader extends ClassLoader {
    /** Renames the class: a letter for a letter, wherever its name stands. */
    Class<?> define(char letter) throws IOException {
      String file = RoundA.class.getName().replace('.', '/') + ".class";
      try (InputStream in = Rounds.class.getClassLoader().getResourceAsStream(file)) {
        String bytes = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        byte[] renamed =
            bytes.replace("RoundA", "Round" + letter).getBytes(StandardCharsets.ISO_8859_1);
        return defineClass(
            RoundA.class.getName().replace("RoundA", "Round" + letter), renamed, 0, renamed.length);
      }
    }
  }
}
