package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingFile;
import dev.sonde.ringbuf.RingLayout;
import dev.sonde.ringbuf.RingProducer;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.ringbuf.RingSignal;
import dev.sonde.ringbuf.RingSnapshot;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_RINGBUF: records of any size from all threads to one reader, in order. Before its
 * programs run it can be made a flight recorder, which keeps the newest records for {@link
 * #snapshot}, or be moved into a file, which another process reads.
 */
public final class RingbufMap extends RingMap implements EventMap {
  private static final long WAKEUP_FLAGS = RingLayout.NO_WAKEUP | RingLayout.FORCE_WAKEUP;
  private static final int PAGE_BYTES = RingLayout.PAGE_BYTES;

  private final LossCounter lost;
  private final RingSignal signal = new RingSignal();
  private RawRingMemory ring;
  private RingProducer producer;
  private RingReader reader;
  private RingAccess access;
  private boolean overwrites;
  private boolean settled;

  RingbufMap(MapSpec spec) {
    super(spec);
    lost = new LossCounter(memory());
    ring = RawRingMemory.of(memory(), spec.maxEntries());
    producer = new RingProducer(ring, signal);
    reader = new RingReader(ring, signal);
    access = accessNow();
  }

  private RingAccess accessNow() {
    return new RingAccess(this, id(), ring.dataAddress(), producer.shortcut());
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

  /** Makes full rings give up their oldest records; only before the first program is compiled. */
  public void keepNewest() {
    requireUnsettled();
    overwrites = true;
    producer = new RingProducer(ring, signal, true);
    access = accessNow();
  }

  private void requireUnsettled() {
    if (settled) {
      throw new IllegalStateException(
          "map \"%s\": a program has its addresses already, want it moved before"
              .formatted(spec().name()));
    }
  }

  /**
   * Puts the ring into a new file, from which another process reads it; only before the first
   * program is compiled, and after {@link #keepNewest} where both are wanted.
   *
   * @throws IOException also when the file exists
   */
  public void moveTo(Path file) throws IOException {
    requireUnsettled();
    RingFile made = RingFile.create(file, spec().maxEntries());
    if (overwrites) {
      made.markOverwriting();
    }
    ring = RawRingMemory.of(made);
    producer = new RingProducer(ring, signal, overwrites);
    reader = new RingReader(ring, signal);
    access = accessNow();
  }

  /** Tells whether another process reads the ring, so that nobody here may. */
  public boolean isReadElsewhere() {
    return ring.isInFile();
  }

  /** Tells whether full rings give up their oldest records. */
  public boolean keepsNewest() {
    return overwrites;
  }

  /** Returns a copy of what the ring holds, taken while programs run on. */
  public RingSnapshot snapshot() {
    return new RingSnapshot(ring);
  }

  /** Returns how many records were lost on their way in. */
  public long lost() {
    return losses().values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public Map<LossReason, Long> losses() {
    return lost.sums(LossReason.RING_FULL, LossReason.RING_CONTENDED, LossReason.TOO_LARGE);
  }

  @Override
  public EventCounts counts() {
    return new EventCounts(
        reader.consumed(), reader.discarded(), producer.overwritten(), reader.abandoned());
  }

  @Override
  public RingAccess access() {
    return access;
  }

  @Override
  public RingAccess settledAccess() {
    settled = true;
    return access;
  }

  @Override
  public long reserve(@Nullable CarrierSlot slot, long sizeBytes) {
    long consumed = ring.consumerPosition();
    if (producer.wasFullAt(consumed)) {
      if (isLost(slot, sizeBytes, consumed)) {
        return 0;
      }
    } else if (slot != null) {
      long data = access.dataAddress(); // no call once there is a record: it may find no stack
      long offset = access.shortcut().reserve(slot, sizeBytes);
      if (offset != 0) {
        return data + offset;
      }
    }
    return reserveLocked(slot, sizeBytes);
  }

  /**
   * Counts a record that has no room. All of a drop in one method: where drops have been seldom,
   * the JVM's compiler inlines none of this, and a drop pays for each call.
   */
  private boolean isLost(@Nullable CarrierSlot slot, long sizeBytes, long consumed) {
    boolean full = producer.isFull(ring.producerPosition() - consumed, sizeBytes);
    if (full) {
      lost.increment(slot, LossReason.RING_FULL);
    }
    return full;
  }

  @Override
  public long reserveLocked(@Nullable CarrierSlot slot, long sizeBytes) {
    long data = ring.dataAddress();
    long offset = producer.reserve(slot, sizeBytes);
    if (offset < 0) {
      lost.increment(slot, reason(offset));
      return 0;
    }
    return data + offset;
  }

  @Override
  public void signal(long flags) {
    signal.committed(flags);
  }

  @Override
  public int output(long dataAddress, long sizeBytes, long flags) {
    if ((flags & ~WAKEUP_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    StackRoom.ensure(); // between reserve and submit nobody knows of the record
    long address = reserve(sizeBytes);
    if (address == 0) {
      return -Errno.EAGAIN;
    }
    RawMemory.copy(dataAddress, address, sizeBytes);
    submit(address, flags);
    return 0;
  }

  private static LossReason reason(long refused) {
    if (refused == RingProducer.FULL) {
      return LossReason.RING_FULL;
    }
    return refused == RingProducer.CONTENDED ? LossReason.RING_CONTENDED : LossReason.TOO_LARGE;
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
