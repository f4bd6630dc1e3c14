package dev.sonde.perfbuffer;

/** A perf ring or a record of it whose sizes contradict each other. */
public final class PerfCorruptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final long position;

  PerfCorruptedException(long position, String what) {
    super("perf ring: position %d: %s".formatted(position, what));
    this.position = position;
  }

  /** Returns the position in the ring. */
  public long position() {
    return position;
  }
}
