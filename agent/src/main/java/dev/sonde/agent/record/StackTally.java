package dev.sonde.agent.record;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/** Weights by stack and thread. */
final class StackTally {
  /**
   * A stack.
   *
   * @param thread 0 when threads are not kept apart
   * @param complete whether it reaches the start of its thread
   */
  record Stack(long[] ids, int thread, boolean complete) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Stack s
          && s.thread == thread
          && s.complete == complete
          && Arrays.equals(s.ids, ids);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids) * 31 + thread;
    }
  }

  private final Map<Stack, Long> weights = new HashMap<>();

  void add(Stack stack, long weight) {
    weights.merge(stack, weight, Long::sum);
  }

  void forEach(ObjLongConsumer<Stack> consumer) {
    weights.forEach(consumer::accept);
  }
}
