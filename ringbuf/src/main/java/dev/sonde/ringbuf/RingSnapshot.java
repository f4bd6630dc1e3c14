package dev.sonde.ringbuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What an overwriting ring holds at one moment, copied while its producers run on: what a flight
 * recorder dumps.
 *
 * <p>The words between the positions are copied in their order, and then the consumer position is
 * read again: a producer moves it before it overwrites anything, so that what lies behind it in the
 * copy is whole.
 */
public final class RingSnapshot {
  /** How often producers may lap us between two reads before positions count as nonsense. */
  private static final int MOST_ROUNDS = 1000;

  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer copy;
  private final long mask;
  private final long from;
  private final long to;

  /** Copies {@code memory}. */
  public RingSnapshot(RingMemory memory) {
    mask = memory.sizeBytes() - 1;
    copy = ByteBuffer.allocate((int) memory.sizeBytes()).order(ByteOrder.nativeOrder());
    long begin = memory.consumerPosition();
    long end = memory.producerPosition();
    for (int i = 0; end - begin > mask + 1 && i < MOST_ROUNDS; i++) {
      begin = memory.consumerPosition(); // producers went round while we stood between the two
      end = memory.producerPosition();
    }
    to = end;
    if (to - begin < 0 || to - begin > mask + 1 || ((to | begin) & 7) != 0) {
      throw new RingCorruptedException(
          begin,
          "producer position %d, want a multiple of 8 up to %d B ahead".formatted(to, mask + 1));
    }
    for (long position = begin; position != to; position += 8) {
      int at = (int) (position & mask);
      // Acquire, word by word: the payload is read after the header that says it is committed,
      // which a bulk copy, free in its order, would not promise.
      copy.putLong(at, (long) LONG.getAcquire(memory.data(), at));
    }
    VarHandle.loadLoadFence(); // pairs with the fence of RingProducer.makeRoom
    from = memory.consumerPosition();
    if (from - begin < 0 || (from & 7) != 0) {
      throw new RingCorruptedException(
          from, "consumer position, want a multiple of 8 from %d on".formatted(begin));
    }
  }

  /**
   * Hands the records to {@code handler}, oldest first; discarded ones and those that were being
   * written are left out.
   *
   * @return how many were handed over
   * @throws RingCorruptedException if a length passes the producer position
   */
  public int forEach(RecordHandler handler) {
    int handed = 0;
    long total;
    for (long position = from; position - to < 0; position += total) {
      int offset = (int) (position & mask);
      int header = copy.getInt(offset);
      int length = header & RingLayout.LENGTH_MASK;
      total = RingLayout.recordBytes(length);
      if (total > to - position || offset + total > mask + 1) {
        throw new RingCorruptedException(
            position,
            "record of %d B, want at most the %d B to the producer position"
                .formatted(total, to - position));
      }
      if ((header & (RingLayout.BUSY | RingLayout.DISCARD)) == 0) {
        handler.record(copy, offset + RingLayout.HEADER_BYTES, length);
        handed++;
      }
    }
    return handed;
  }
}
