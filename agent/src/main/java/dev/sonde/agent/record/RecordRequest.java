package dev.sonde.agent.record;

/**
 * What to record.
 *
 * @param pid the process
 * @param durationNanos how long; it ends earlier when the process does
 * @param freqHz samples a second and thread, for what is sampled
 * @param stackBytes how much of a stack is copied at each event
 * @param kernel whether kernel frames are wanted
 * @param perThread whether stacks of different threads are kept apart
 */
public record RecordRequest(
    int pid,
    RecordKind kind,
    long durationNanos,
    int freqHz,
    int stackBytes,
    boolean kernel,
    boolean perThread) {

  private static final int MAX_STACK_BYTES = 63 << 10; // a record's size is a u16

  public RecordRequest {
    if (freqHz < 1 || freqHz > 10_000) {
      throw new IllegalArgumentException("frequency: got %d Hz, want 1 to 10000".formatted(freqHz));
    }
    if (stackBytes < 512 || stackBytes > MAX_STACK_BYTES) {
      throw new IllegalArgumentException(
          "stack size: got %d B, want 512 to %d".formatted(stackBytes, MAX_STACK_BYTES));
    }
    stackBytes = stackBytes & ~7;
  }
}
