package dev.sonde.vm.map;

import dev.sonde.ringbuf.RecordHandler;
import dev.sonde.ringbuf.RingCorruptedException;
import dev.sonde.ringbuf.RingProducer;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.ringbuf.RingSignal;
import dev.sonde.vm.memory.StackRoom;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * BPF_MAP_TYPE_USER_RINGBUF: records from the user side to programs, which drain them. The ring of
 * {@link RingbufMap} with the roles exchanged.
 */
public final class UserRingbufMap extends BpfMap {
  /** BPF_MAX_USER_RINGBUF_SAMPLES: the most records that one drain hands over. */
  private static final int MAX_SAMPLES = 128 * 1024;

  private final RawRingMemory ring;
  private final RingProducer producer;
  private final RingReader reader;
  private final AtomicBoolean draining = new AtomicBoolean();

  /** Takes one record; anything but 0 ends the drain after it. */
  @FunctionalInterface
  public interface SampleVisitor {
    long visit(long address, int sizeBytes);
  }

  UserRingbufMap(MapSpec spec) {
    super(spec);
    RingSignal signal = new RingSignal();
    ring = RawRingMemory.of(memory(), spec.maxEntries());
    producer = new RingProducer(ring, signal);
    reader = new RingReader(ring, signal);
  }

  static void check(MapSpec spec) {
    RingbufMap.check(spec);
  }

  /** Returns the user side's end; any number of threads may use it. */
  public RingProducer producer() {
    return producer;
  }

  /** Returns the memory behind the payload offsets of {@link #producer}. */
  public ByteBuffer data() {
    return ring.data();
  }

  /**
   * Hands records to {@code visitor} until it answers other than 0, the ring is empty or the
   * kernel's limit is reached (bpf_user_ringbuf_drain).
   *
   * @return how many were handed over; -EBUSY when another program drains; -EINVAL when the ring's
   *     words contradict each other
   */
  public long drain(SampleVisitor visitor) {
    StackRoom.ensure();
    if (!draining.compareAndSet(false, true)) {
      return -Errno.EBUSY;
    }
    long[] stop = {0};
    RecordHandler handler =
        (data, offset, length) -> stop[0] = visitor.visit(ring.dataAddress() + offset, length);
    try {
      int drained = 0;
      while (drained < MAX_SAMPLES && stop[0] == 0 && reader.poll(handler, 1) == 1) {
        drained++;
      }
      return drained;
    } catch (RingCorruptedException broken) {
      return -Errno.EINVAL;
    } finally {
      draining.set(false);
    }
  }
}
