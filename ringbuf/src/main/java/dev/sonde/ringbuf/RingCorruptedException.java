package dev.sonde.ringbuf;

/** A ring whose header words contradict each other; nothing of it can be read any more. */
public final class RingCorruptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final long position;

  RingCorruptedException(long position, String what) {
    super("ring: position %d: %s".formatted(position, what));
    this.position = position;
  }

  /** Returns the consumer position at which the contradiction was found. */
  public long position() {
    return position;
  }
}
