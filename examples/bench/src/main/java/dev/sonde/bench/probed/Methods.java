package dev.sonde.bench.probed;

import java.util.Arrays;
import java.util.Locale;

/**
 * What one call of a method costs, whoever traces it: prints {@code NAME NANOS} a line, the least
 * of many batches. {@code probes.sh} runs it untraced and under each agent.
 *
 * <p>Started with {@code -XX:CompileCommand=dontinline} for {@link #work}, so that the untraced
 * call is a call, too.
 */
public final class Methods {
  private static final int BATCHES = 400;
  private static final int CALLS = Integer.getInteger("dev.sonde.bench.calls", 8_000);
  private static final int STACK_CALLS = 400;

  /** Lets whoever reads the records of a batch do so. */
  private static final long PAUSE_MILLIS = Long.getLong("dev.sonde.bench.pause", 3);

  private static long sink;
  private static long elapsed;

  /** A batch of {@code count} calls; returns what the calls did, so that none is dropped. */
  @FunctionalInterface
  private interface Batch {
    long run(int count);
  }

  private Methods() {}

  /** Runs the cases that are named: work, timed, depth20, depth100. */
  public static void main(String[] cases) throws InterruptedException {
    for (String name : cases) {
      switch (name) {
        case "work" -> report(name, CALLS, Methods::calls);
        case "timed" -> report(name, CALLS, Methods::timedCalls);
        case "depth20" -> report(name, STACK_CALLS, count -> descend(20, count));
        case "depth100" -> report(name, STACK_CALLS, count -> descend(100, count));
        default -> throw new IllegalArgumentException("no case \"" + name + "\"");
      }
    }
    ended(sink);
  }

  private static void report(String name, int calls, Batch batch) throws InterruptedException {
    double[] nanos = new double[2 * BATCHES];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = nanosOfACall(batch, calls);
      Thread.sleep(PAUSE_MILLIS);
    }
    double[] warm = Arrays.copyOfRange(nanos, BATCHES, nanos.length);
    Arrays.sort(warm);
    System.out.printf(Locale.ROOT, "%s %.3f %.3f%n", name, warm[0], warm[warm.length / 2]);
  }

  /**
   * A method of its own, which is compiled by the time that batches count. The interpreter takes
   * some microseconds for as much behind a pause, which have nothing to do with the calls.
   */
  private static double nanosOfACall(Batch batch, int calls) {
    long begin = System.nanoTime();
    sink += batch.run(calls);
    return (System.nanoTime() - begin) / (double) calls;
  }

  private static long calls(int count) {
    long x = 88172645463325252L;
    for (int i = 0; i < count; i++) {
      x = work(x);
    }
    return x;
  }

  private static long timedCalls(int count) {
    long x = 88172645463325252L;
    for (int i = 0; i < count; i++) {
      x = timed(x);
    }
    return x;
  }

  private static long descend(int depth, int count) {
    return depth == 0 ? leaves(count) : ascend(depth - 1, count) + 1;
  }

  private static long ascend(int depth, int count) {
    return depth == 0 ? leaves(count) : descend(depth - 1, count) + 1;
  }

  private static long leaves(int count) {
    long x = 88172645463325252L;
    for (int i = 0; i < count; i++) {
      x = leaf(x);
    }
    return x;
  }

  /** The method whose calls are traced: an xorshift, too short to hide anything behind it. */
  public static long work(long seed) {
    long x = seed ^ seed << 13;
    x ^= x >>> 7;
    return x ^ x << 17;
  }

  /** What a latency probe cannot be faster than: the same method, with a clock read at each end. */
  public static long timed(long seed) {
    long begin = System.nanoTime();
    long x = seed ^ seed << 13;
    x ^= x >>> 7;
    x ^= x << 17;
    elapsed += System.nanoTime() - begin;
    return x;
  }

  /** The method whose stacks are taken. */
  public static long leaf(long seed) {
    return seed ^ seed << 13;
  }

  /** The end, for those who want to be told. */
  public static void ended(long result) {
    System.out.println("end " + (result == 0 ? 0 : 1));
  }
}
