package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingLayout;
import dev.sonde.ringbuf.RingProducer;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.ringbuf.RingSignal;
import dev.sonde.vm.memory.RawMemory;

/** BPF_MAP_TYPE_RINGBUF: records of any size from all threads to one reader, in order. */
public final class RingbufMap extends RingMap {
  private static final long WAKEUP_FLAGS = RingLayout.NO_WAKEUP | RingLayout.FORCE_WAKEUP;
  private static final int PAGE_BYTES = RingLayout.PAGE_BYTES;

  private final RawRingMemory ring;
  private final RingProducer producer;
  private final RingReader reader;
  private final LossCounter lost;

  RingbufMap(MapSpec spec) {
    super(spec);
    RingSignal signal = new RingSignal();
    ring = new RawRingMemory(memory(), spec.maxEntries());
    producer = new RingProducer(ring, signal);
    reader = new RingReader(ring, signal);
    lost = new LossCounter(memory());
  }

  static void check(MapSpec spec) {
    int size = spec.maxEntries();
    MapSpecCheck.of(spec)
        .flags(MapFlags.NUMA_NODE)
        .keySize(0)
        .valueSize(0)
        .require(
            Integer.bitCount(size) == 1 && size % PAGE_BYTES == 0,
            Errno.EINVAL,
            "max_entries %s B, want a power of two and a multiple of 4096",
            Integer.toUnsignedString(size))
        .entriesAtMost(1 << 30);
  }

  /** Returns the reader; one thread at a time may use it. */
  public RingReader reader() {
    return reader;
  }

  /** Returns how many records found no room or no lock. */
  public long lost() {
    return lost.sum();
  }

  @Override
  public long reserve(long sizeBytes) {
    long offset = producer.reserve(sizeBytes);
    if (offset < 0) {
      lost.increment();
      return 0;
    }
    return ring.dataAddress() + offset;
  }

  @Override
  public void submit(long address, long flags) {
    producer.submit(address - ring.dataAddress(), flags);
  }

  @Override
  public void discard(long address, long flags) {
    producer.discard(address - ring.dataAddress(), flags);
  }

  @Override
  public int output(long dataAddress, long sizeBytes, long flags) {
    if ((flags & ~WAKEUP_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    long address = reserve(sizeBytes);
    if (address == 0) {
      return -Errno.EAGAIN;
    }
    RawMemory.copy(dataAddress, address, sizeBytes);
    submit(address, flags);
    return 0;
  }

  @Override
  public long query(long flag) {
    if (flag == 0) {
      return ring.producerPosition() - ring.consumerPosition();
    }
    if (flag == 1) {
      return ring.sizeBytes();
    }
    if (flag == 2) {
      return ring.consumerPosition();
    }
    return flag == 3 ? ring.producerPosition() : 0;
  }
}
