package dev.sonde.vm.stacktrace;

/** How many frames of a stack are kept at most: what kernel.perf_event_max_stack is to a kernel. */
public final class StackDepth {
  private static final int DEFAULT = 127; // PERF_MAX_STACK_DEPTH, include/uapi/linux/perf_event.h
  private static final int LIMIT = 1024;

  private static final int MAX =
      Math.max(1, Math.min(LIMIT, Integer.getInteger("sonde.max.stack", DEFAULT)));

  private StackDepth() {}

  /** Returns 127, or what {@code -Dsonde.max.stack=N} says, at most 1024. */
  public static int max() {
    return MAX;
  }
}
