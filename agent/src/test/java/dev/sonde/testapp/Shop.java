package dev.sonde.testapp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * An application that knows nothing of tracing. It obeys lines on stdin: {@code sell N} calls
 * {@link #sell} N times, {@code fail N} makes and catches N exceptions, {@code linger MS} calls
 * {@link #linger}, {@code see CLASS} looks a class up by name, {@code quit} or the end ends it with
 * exit code 0. Each is answered by one line.
 */
public final class Shop {
  private Shop() {}

  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "sell" -> System.out.println("sold " + sellAll(Integer.parseInt(words[1])));
        case "fail" -> System.out.println("failed " + failAll(Integer.parseInt(words[1])));
        case "linger" -> System.out.println("took " + linger(Integer.parseInt(words[1])) + " ms");
        case "see" -> System.out.println(see(words[1]));
        case "quit" -> {
          System.out.println("bye");
          return;
        }
        default -> System.out.println("what?");
      }
    }
  }

  private static long sellAll(int times) {
    long total = 0;
    for (int i = 0; i < times; i++) {
      total += sell("item-" + i % 10, i);
    }
    return total;
  }

  /** The traced method: an object argument, an int argument, an int result. */
  public static int sell(String item, int amount) {
    return item.length() + amount % 3;
  }

  private static int failAll(int times) {
    int failures = 0;
    for (int i = 0; i < times; i++) {
      try {
        refuse(i);
      } catch (IllegalStateException expected) {
        failures++;
      }
    }
    return failures;
  }

  private static void refuse(int number) {
    throw new SoldOutException("item " + number);
  }

  /** A traced call that takes as long as it is told. */
  public static int linger(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return millis;
  }

  /** An exception of the application's own, which extends one of the JDK. */
  public static final class SoldOutException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    SoldOutException(String message) {
      super(message);
    }
  }

  private static String see(String className) {
    try {
      Class.forName(className);
      return "visible";
    } catch (ClassNotFoundException e) {
      return "invisible";
    }
  }
}
