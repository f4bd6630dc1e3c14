package dev.sonde.testapp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * An application that knows nothing of tracing. It obeys lines on stdin: {@code sell N} calls
 * {@link #sell} N times, {@code fail N} makes and catches N exceptions, {@code linger MS} calls
 * {@link #linger}, {@code load N} sets N threads to {@link #browse} for ever, {@code memory} tells
 * what is in use, {@code collect N} asks for N garbage collections, {@code burn MILLIS} keeps a CPU
 * busy, {@code see CLASS} looks a class up by name, {@code quit} or the end ends it with exit code
 * 0. Each is answered by one line.
 */
public final class Shop {
  /** Off-heap memory of Java code, and what the JVM keeps about classes and agents. */
  private static final Pattern CATEGORY =
      Pattern.compile("- +(?:Other|Internal|Symbol|Class|Serviceability) \\(.*?committed=(\\d+)KB");

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
        case "collect" -> System.out.println("collected " + collect(Integer.parseInt(words[1])));
        case "burn" -> System.out.println("burnt " + burn(Long.parseLong(words[1])));
        case "see" -> System.out.println(see(words[1]));
        case "load" -> System.out.println("loaded " + load(Integer.parseInt(words[1])));
        case "memory" -> System.out.println(memory());
        case "quit" -> {
          System.out.println("bye");
          return;
        }
        default -> System.out.println(NativeWork.obey(words));
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

  /** The method under load: objects, exceptions that leave it, and stacks that vary. */
  public static int browse(String item, int depth) {
    if (depth > 0) {
      return browse(item, depth - 1) + 1;
    }
    if (item.isEmpty()) {
      throw new IllegalArgumentException("no item");
    }
    return item.length();
  }

  private static int load(int threads) {
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(Shop::browseForEver, "browser-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    return threads;
  }

  private static void browseForEver() {
    for (int i = 0; ; i++) {
      try {
        int found = browse(i % 16 == 0 ? "" : "item-" + i % 7, i & 7);
        if (found <= 0) {
          throw new IllegalStateException("browse found " + found);
        }
      } catch (IllegalArgumentException empty) {
        Thread.yield();
      }
    }
  }

  /** Returns heap, resident, non-heap and native bytes after a collection, then threads. */
  private static String memory() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc(); // what the first frees lets the next free more
    }
    trim();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    long other = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed();
    long resident = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      resident =
          line.startsWith("VmRSS:") ? Long.parseLong(line.replaceAll("\\D", "")) * 1024 : resident;
    }
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    return "memory " + heap + " " + resident + " " + other + " " + tracked() + " " + threads;
  }

  /**
   * Returns what the JVM counts of memory that others than its collector and its compilers have
   * asked for; 0 without {@code -XX:NativeMemoryTracking=summary}.
   */
  private static long tracked() {
    long bytes = 0;
    Matcher category = CATEGORY.matcher(diagnose("vmNativeMemory", "summary", "scale=KB"));
    while (category.find()) {
      bytes += Long.parseLong(category.group(1)) * 1024;
    }
    return bytes;
  }

  /**
   * Gives back what malloc keeps of what is free: the JVM's own compilers take and free 15 MB at a
   * time, and malloc holds on to it where it likes.
   */
  private static void trim() {
    diagnose("systemTrimNativeHeap");
  }

  /** Has the JVM carry out a command of jcmd's. */
  private static String diagnose(String command, String... arguments) {
    boolean any = arguments.length > 0;
    try {
      ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
      Object answer =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  commands,
                  command,
                  any ? new Object[] {arguments} : null,
                  any ? new String[] {String[].class.getName()} : null);
      return String.valueOf(answer);
    } catch (JMException olderThanTheCommand) {
      System.err.println("not done: " + command + ": " + olderThanTheCommand);
      return "";
    }
  }

  private static int collect(int times) {
    for (int i = 0; i < times; i++) {
      System.gc();
    }
    return times;
  }

  private static long burn(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    long turns = 0;
    while (System.nanoTime() < end) {
      turns += sell("item", (int) turns);
    }
    return turns;
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
