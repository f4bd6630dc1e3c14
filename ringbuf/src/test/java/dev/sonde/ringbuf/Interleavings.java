package dev.sonde.ringbuf;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Runs a few threads of real code one step at a time, in every order that has at most so many
 * deviations (the bound of CHESS: most faults need one or two). A step is an access of {@link
 * ModelMemory}; a deviation is a switch to another thread that nothing forced, or a store that
 * becomes visible late.
 *
 * <p>Orders are enumerated depth first: each run follows the choices of the last one up to the
 * deepest that has an alternative left. Of the threads one runs at a time; it chooses who is next.
 */
final class Interleavings implements AutoCloseable {
  /** What one run consists of: made afresh for each. */
  interface Scenario {
    List<Runnable> threads();

    /** Checks what the run left behind. */
    void check();
  }

  private static final class Choice {
    final int options;
    int taken;

    Choice(int options) {
      this.options = options;
    }
  }

  /** Thrown into the threads of a run that has failed elsewhere. */
  private static final class Stop extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final int MOST_STEPS = 20_000; // a run that takes more goes round in circles

  private final int bound;
  private final int threadCount;
  private final ExecutorService pool;
  private final Semaphore[] turns;
  private final boolean[] done;
  private final Semaphore ended = new Semaphore(0);
  private final List<Choice> path = new ArrayList<>();
  private int depth;
  private int left; // deviations that this run may still take
  private int steps;
  private Throwable failure;

  /**
   * @param bound the most deviations in a run
   */
  Interleavings(int threadCount, int bound) {
    this.threadCount = threadCount;
    this.bound = bound;
    this.pool =
        Executors.newFixedThreadPool(
            threadCount,
            body -> {
              Thread thread = new Thread(body, "interleaved");
              thread.setDaemon(true);
              return thread;
            });
    this.turns = new Semaphore[threadCount];
    this.done = new boolean[threadCount];
  }

  /** Runs all orders, at most {@code limit}; returns how many. Throws what a check threw. */
  long explore(Supplier<Scenario> scenario, long limit) {
    long runs = 0;
    do {
      runOnce(scenario.get());
      runs++;
    } while (runs < limit && nextPath());
    return runs;
  }

  /** Ends a step of thread {@code index}: others may run before its next one. */
  void step(int index) {
    if (failure != null || ++steps > MOST_STEPS) {
      failure = failure != null ? failure : new IllegalStateException("goes round in circles");
      throw new Stop();
    }
    int next = nextThread(index);
    if (next != index) {
      handOver(index, next);
    }
  }

  /** Lets another thread run, because this one can do nothing now. */
  void yieldTurn(int index) {
    int next = (index + 1) % threadCount;
    while (done[next] && next != index) {
      next = (next + 1) % threadCount;
    }
    if (next != index) {
      handOver(index, next);
    }
  }

  /** Decides whether something deviates from the ordinary; costs a deviation. */
  boolean deviates() {
    if (left == 0 || choose(2) == 0) {
      return false;
    }
    left--;
    return true;
  }

  private void handOver(int index, int next) {
    turns[next].release();
    turns[index].acquireUninterruptibly();
    if (failure != null) {
      throw new Stop();
    }
  }

  private int nextThread(int index) {
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < threadCount; i++) {
      if (i != index && !done[i]) {
        others.add(i);
      }
    }
    if (left == 0 || others.isEmpty()) {
      return index;
    }
    int chosen = choose(1 + others.size());
    if (chosen == 0) {
      return index;
    }
    left--;
    return others.get(chosen - 1);
  }

  private int choose(int options) {
    if (depth == path.size()) {
      path.add(new Choice(options));
    }
    return path.get(depth++).taken;
  }

  private void runOnce(Scenario scenario) {
    depth = 0;
    left = bound;
    steps = 0;
    failure = null;
    List<Runnable> bodies = scenario.threads();
    for (int i = 0; i < threadCount; i++) {
      turns[i] = new Semaphore(0);
      done[i] = false;
      int index = i;
      pool.execute(() -> body(index, bodies.get(index)));
    }
    turns[0].release();
    ended.acquireUninterruptibly(threadCount);
    if (failure == null) {
      try {
        scenario.check();
      } catch (RuntimeException | AssertionError e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw new IllegalStateException("order " + order() + ": " + failure, failure);
    }
  }

  private void body(int index, Runnable body) {
    turns[index].acquireUninterruptibly();
    try {
      if (failure == null) {
        body.run();
      }
    } catch (Stop stopped) {
      // the reason is kept already
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    done[index] = true;
    for (int i = 0; i < threadCount; i++) {
      if (!done[i]) {
        turns[i].release();
        break;
      }
    }
    ended.release();
  }

  private boolean nextPath() {
    while (!path.isEmpty()) {
      Choice last = path.get(path.size() - 1);
      if (++last.taken < last.options) {
        return true;
      }
      path.remove(path.size() - 1);
    }
    return false;
  }

  private String order() {
    StringBuilder order = new StringBuilder();
    path.subList(0, Math.min(depth, path.size())).forEach(choice -> order.append(choice.taken));
    return order.toString();
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
