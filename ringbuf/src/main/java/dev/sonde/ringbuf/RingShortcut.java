package dev.sonde.ringbuf;

/**
 * The way into a ring for the thread that it favours ({@link RingFavour}): without the lock, in as
 * few steps as there can be. A record, whose fields are constants to the JVM's compiler where the
 * whole of it is one, as in compiled programs.
 *
 * @param mask the ring's size less 1
 */
public record RingShortcut(RingMemory memory, RingFavour favour, long mask) {

  static RingShortcut of(RingMemory memory, RingFavour favour) {
    return new RingShortcut(memory, favour, memory.sizeBytes() - 1);
  }

  /**
   * Reserves a record for the favoured thread, where there is room in one piece.
   *
   * @param seat the calling thread's
   * @return as {@link RingProducer#reserve}, or 0: reserve it there
   */
  public long reserve(RingSeat seat, long lengthBytes) {
    long total = RingLayout.recordBytes(lengthBytes);
    if ((lengthBytes | total) < 0) {
      return 0;
    }
    seat.take();
    long placed = 0;
    long position = 0;
    boolean left = false;
    try {
      if (favour.seat() == seat) { // then whoever takes the favour from now on waits for us
        position = memory.producerPosition();
        if (fits(position, total, memory.consumerPosition())) {
          placed = show((int) lengthBytes, position, total);
        }
      }
      seat.leave();
      left = true;
    } finally {
      if (!left) { // no stack: stores alone, the seat's last
        if (placed != 0) {
          favour.strayAt = position;
        }
        if (favour.seat == seat) {
          favour.seat = null; // so that the next to place a record looks for a stray one
        }
        seat.taken = 0;
      }
    }
    return placed;
  }

  boolean fits(long position, long total, long consumed) {
    return (position & mask) <= mask + 1 - total && position - consumed <= mask - total;
  }

  /** Writes the header and shows it; returns where the payload is. */
  long show(int length, long position, long total) {
    long offset = position & mask;
    memory.writeHeader(offset, RingLayout.headerWords(length | RingLayout.BUSY, offset));
    memory.publishProducer(position + total);
    return offset + RingLayout.HEADER_BYTES;
  }
}
