package dev.sonde.vm.helper;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What bpf_trace_printk writes into and readers follow, as the kernel's {@code trace_pipe}: the
 * newest lines, in order. A writer never waits: it overwrites the oldest line, and the reader that
 * was too slow learns how many it lost.
 */
public final class TracePipe {
  /** The pipe of this process: programs have no way to name another. */
  public static final TracePipe PROCESS = new TracePipe(4096);

  private final AtomicReferenceArray<@Nullable Line> lines;
  private final AtomicLong next = new AtomicLong();

  private record Line(long number, String text) {}

  /**
   * @param capacity how many lines are kept, a power of two
   */
  TracePipe(int capacity) {
    lines = new AtomicReferenceArray<>(capacity);
  }

  void write(String text) {
    long number = next.getAndIncrement();
    lines.set((int) number & lines.length() - 1, new Line(number, text)); // read by Reader.poll
  }

  /** Returns a reader that sees every line written from now on. */
  public Reader reader() {
    return new Reader(next.get());
  }

  /** One consumer; not for several threads at once. */
  public final class Reader {
    private long position;
    private long lost;

    private Reader(long position) {
      this.position = position;
    }

    /** Returns the next line, or null when there is none yet. */
    public @Nullable String poll() {
      while (position < next.get()) {
        Line line = lines.get((int) position & lines.length() - 1);
        if (line == null || line.number < position) {
          return null; // its writer has the number but has not put the line yet
        }
        lost += line.number - position;
        position = line.number + 1;
        return line.text;
      }
      return null;
    }

    /** Returns how many lines were overwritten before this reader came to them. */
    public long lostLines() {
      return lost;
    }
  }
}
