package dev.sonde.ringbuf;

import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Records that prove themselves: {@code u64 producer << 48 | number}, then bytes that follow from
 * it, to the end. The reader knows of each producer the last number.
 */
final class CheckedRecords {
  private static final ThreadLocal<RingSeat> SEAT = ThreadLocal.withInitial(RingSeat::new);

  private final long[] last;
  private long taken;

  CheckedRecords(int producers) {
    last = new long[producers];
    java.util.Arrays.fill(last, -1);
  }

  /** Writes record {@code number} of {@code producer} if there is room. */
  static boolean put(
      RingProducer ring, ByteBuffer data, int producer, long number, Random random, boolean drop) {
    int length = 8 + random.nextInt(random.nextInt(8) == 0 ? 1000 : 100);
    RingSeat seat = SEAT.get();
    long at = ring.shortcut().reserve(seat, length);
    at = at == 0 ? ring.reserve(seat, length) : at;
    if (at < 0) {
      return false;
    }
    long stamp = (long) producer << 48 | number;
    data.putLong((int) at, stamp);
    for (int i = 8; i < length; i++) {
      data.put((int) at + i, expected(stamp, i));
    }
    if (drop) {
      ring.discard(at, 0);
    } else {
      ring.submit(at, 0);
    }
    return true;
  }

  /** Checks one record; throws what is wrong. */
  void take(ByteBuffer data, int offset, int length) {
    long stamp = data.getLong(offset);
    int producer = (int) (stamp >>> 48);
    long number = stamp & (1L << 48) - 1;
    if (producer >= last.length || number <= last[producer]) {
      throw new IllegalStateException(
          "record %d of producer %d after %d"
              .formatted(number, producer, last[producer % last.length]));
    }
    last[producer] = number;
    for (int i = 8; i < length; i++) {
      if (data.get(offset + i) != expected(stamp, i)) {
        throw new IllegalStateException("byte %d of record %d differs".formatted(i, number));
      }
    }
    taken++;
  }

  long taken() {
    return taken;
  }

  private static byte expected(long stamp, int index) {
    return (byte) (stamp * 31 + index * 7);
  }
}
