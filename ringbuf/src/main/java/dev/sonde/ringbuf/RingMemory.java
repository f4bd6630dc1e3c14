package dev.sonde.ringbuf;

import java.nio.ByteBuffer;

/**
 * The memory of one ring: the few accesses that its protocol needs, each with the memory order that
 * it needs. A ring of this JVM, a ring in a shared file and a mapped kernel ring differ only here.
 */
public abstract class RingMemory {
  private final long sizeBytes;

  protected RingMemory(long sizeBytes) {
    RingLayout.checkSize(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  /** Returns the size of the data area, a power of two. */
  public final long sizeBytes() {
    return sizeBytes;
  }

  /** Returns the reader's position; acquire, pairs with {@link #publishConsumer}. */
  public abstract long consumerPosition();

  /** Gives the space before {@code position} back to producers; release. */
  public abstract void publishConsumer(long position);

  /** Returns the producers' position; acquire, pairs with {@link #publishProducer}. */
  public abstract long producerPosition();

  /** Shows the records before {@code position} to the reader; release. */
  public abstract void publishProducer(long position);

  /**
   * Returns the first header word at {@code offset}; acquire, pairs with {@link #publishHeader}.
   */
  public abstract int header(long offset);

  /** Commits: the payload's bytes are seen by whoever sees this header; release. */
  public abstract void publishHeader(long offset, int header);

  /** Writes both header words, plainly; {@link #publishProducer} publishes them. */
  public abstract void writeHeader(long offset, int header, int pageOffset);

  /** Returns the second header word. */
  public abstract int pageOffset(long offset);

  /** Changes a header if it is as expected; false also where the ring is not ours to write. */
  public abstract boolean replaceHeader(long offset, int expected, int header);

  /** Takes the producers' lock if it is free. */
  public abstract boolean tryLock();

  /** Whether the producers' lock is taken: a look, which does not take its line from the holder. */
  public abstract boolean isLocked();

  public abstract void unlock();

  /** Returns the process that produces into this ring, 0 when unknown (a kernel ring). */
  public abstract long producerPid();

  /**
   * Returns the data area in native order, from offset 0 of the ring; twice its size where it is
   * mapped twice. Shared: do not move its position.
   */
  public abstract ByteBuffer data();
}
