package dev.sonde.ringbuf;

import java.nio.ByteBuffer;

/**
 * The memory of one ring: the few accesses that its protocol needs, each with the memory order that
 * it needs. A ring of this JVM, a ring in a shared file and a mapped kernel ring differ only here.
 */
public interface RingMemory {
  /** Returns the size of the data area, a power of two. */
  long sizeBytes();

  /** Returns the reader's position; acquire, pairs with {@link #publishConsumer}. */
  long consumerPosition();

  /** Gives the space before {@code position} back to producers; release. */
  void publishConsumer(long position);

  /** Returns the producers' position; acquire, pairs with {@link #publishProducer}. */
  long producerPosition();

  /** Shows the records before {@code position} to the reader; release. */
  void publishProducer(long position);

  /**
   * Returns the first header word at {@code offset}; acquire, pairs with {@link #publishHeader}.
   */
  int header(long offset);

  /** Commits: the payload's bytes are seen by whoever sees this header; release. */
  void publishHeader(long offset, int header);

  /**
   * Writes both header words, the first in the lower half of {@code words}, plainly; {@link
   * #publishProducer} publishes them.
   */
  void writeHeader(long offset, long words);

  /** Returns the second header word. */
  int pageOffset(long offset);

  /** Changes a header if it is as expected; false also where the ring is not ours to write. */
  boolean replaceHeader(long offset, int expected, int header);

  /** Takes the producers' lock if it is free. */
  boolean tryLock();

  /** Whether the producers' lock is taken: a look, which does not take its line from the holder. */
  boolean isLocked();

  void unlock();

  /** Returns the process that produces into this ring, 0 when unknown (a kernel ring). */
  long producerPid();

  /**
   * Returns the data area in native order, from offset 0 of the ring; twice its size where it is
   * mapped twice. Shared: do not move its position.
   */
  ByteBuffer data();
}
