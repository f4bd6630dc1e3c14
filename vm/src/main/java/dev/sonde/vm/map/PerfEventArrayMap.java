package dev.sonde.vm.map;

import dev.sonde.perfbuffer.PerfHandler;
import dev.sonde.perfbuffer.PerfMerger;
import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.perfbuffer.PerfRingReader;
import dev.sonde.perfbuffer.PerfSnapshot;
import dev.sonde.ringbuf.RingSignal;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.memory.StackRoom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY: a lane for each carrier slot, made at the slot's first output once
 * the lanes are open. Read as one stream by time, or, in overwrite mode, kept as a flight recorder
 * of which {@link #dump} takes a copy.
 */
public final class PerfEventArrayMap extends BpfMap implements EventMap {
  /** BPF_F_CURRENT_CPU, and the mask of the index within the flags. */
  public static final long CURRENT_CPU = 0xffffffffL;

  private static final int FLAGS =
      MapFlags.RDONLY
          | MapFlags.WRONLY
          | MapFlags.NUMA_NODE
          | MapFlags.MMAPABLE
          | MapFlags.PRESERVE_ELEMS;

  private record Opening(int laneBytes, boolean overwrite) {}

  private final AtomicReferenceArray<@Nullable PerfLane> lanes =
      new AtomicReferenceArray<>(CarrierSlots.capacity());
  private final RingSignal signal = new RingSignal();
  private final LossCounter lost;
  private volatile @Nullable Opening opening;
  private volatile int laneCount;
  private int mergedLanes;
  private PerfMerger merger = new PerfMerger(List.of());

  PerfEventArrayMap(MapSpec spec) {
    super(spec);
    lost = new LossCounter(memory());
  }

  static void check(MapSpec spec) {
    MapSpecCheck.of(spec)
        .flags(FLAGS & ~MapFlags.MMAPABLE)
        .keySize(4)
        .valueSize(4)
        .hasEntries()
        .entriesAtMost(1 << 24);
  }

  /**
   * Opens the lanes, which are closed at first: outputs answer -ENOENT, as in the kernel.
   *
   * @param laneBytes the size of a lane, a power of two from 4096
   * @param overwrite whether lanes keep the newest samples, for {@link #dump}, instead of the
   *     oldest, for {@link #poll}
   */
  public void open(int laneBytes, boolean overwrite) {
    if (Integer.bitCount(laneBytes) != 1 || laneBytes < 4096) {
      throw failure(
          Errno.EINVAL,
          "open: lanes of %d B, want a power of two of at least 4096".formatted(laneBytes));
    }
    if (opening != null) {
      throw failure(Errno.EBUSY, "open: open already");
    }
    opening = new Opening(laneBytes, overwrite);
  }

  /** Tells whether the lanes are open. */
  public boolean isOpen() {
    return opening != null;
  }

  /** Tells whether the lanes are open and keep the newest samples. */
  public boolean keepsNewest() {
    Opening mode = opening;
    return mode != null && mode.overwrite;
  }

  /**
   * Writes a sample into the running slot's lane; 0 or a negative errno (bpf_perf_event_output).
   */
  public long output(CarrierSlot slot, long flags, long dataAddress, long sizeBytes) {
    if ((flags & ~CURRENT_CPU) != 0) {
      return -Errno.EINVAL;
    }
    int cpu = slot.index();
    long index = flags == CURRENT_CPU ? cpu : flags;
    if (index >= Integer.toUnsignedLong(spec().maxEntries())) {
      return lose(slot, LossReason.NO_LANE, -Errno.E2BIG);
    }
    PerfLane lane = index < lanes.length() ? lane((int) index) : null;
    if (lane == null) {
      return lose(slot, LossReason.NO_LANE, -Errno.ENOENT);
    }
    if (index != cpu) {
      // a lane has one writer: the slot that it belongs to
      return lose(slot, LossReason.NO_LANE, -Errno.EOPNOTSUPP);
    }
    Event event = slot.event();
    long time = event == null ? System.nanoTime() : event.timeNanos();
    if (!lane.fits(sizeBytes)) {
      return lose(slot, LossReason.TOO_LARGE, -Errno.ENOSPC);
    }
    StackRoom.ensure(); // what is begun must be written
    if (!lane.write(time, dataAddress, (int) sizeBytes)) {
      return lose(slot, LossReason.LANE_FULL, -Errno.ENOSPC);
    }
    signal.wakeIfWaiting();
    return 0;
  }

  /** Hands up to {@code limit} records to {@code handler}, by time; one thread at a time. */
  public int poll(PerfHandler handler, int limit) {
    return poll(handler, limit, Long.MAX_VALUE);
  }

  /**
   * As {@link #poll(PerfHandler, int)}, leaving what is younger than {@code horizonNanos} where it
   * is: with a horizon behind the present the order holds from one poll to the next, too.
   */
  public int poll(PerfHandler handler, int limit, long horizonNanos) {
    return merger().poll(handler, limit, horizonNanos);
  }

  /** Sleeps until there is something to poll or the time is over. */
  public boolean await(long timeoutNanos) {
    return signal.await(this::isReady, timeoutNanos);
  }

  /** Hands what the lanes still hold to {@code handler}, oldest first; only in overwrite mode. */
  public int dump(PerfHandler handler) {
    Opening mode = opening;
    if (mode == null || !mode.overwrite) {
      throw failure(Errno.EINVAL, "dump: the lanes are not open in overwrite mode");
    }
    PriorityQueue<PerfSnapshot> queue =
        new PriorityQueue<>((a, b) -> Long.compare(time(a.record()), time(b.record())));
    for (int i = 0; i < lanes.length(); i++) {
      PerfLane lane = lanes.getAcquire(i); // pairs with make
      PerfSnapshot snapshot = lane == null ? null : lane.snapshot();
      if (snapshot != null && snapshot.next()) {
        queue.add(snapshot);
      }
    }
    int handed = 0;
    for (PerfSnapshot oldest = queue.poll(); oldest != null; oldest = queue.poll()) {
      handler.record(oldest.record());
      handed++;
      if (oldest.next()) {
        queue.add(oldest);
      }
    }
    return handed;
  }

  /** Returns how many samples found no room, no lane or not their own. */
  public long lost() {
    return losses().values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public Map<LossReason, Long> losses() {
    return lost.sums(LossReason.LANE_FULL, LossReason.TOO_LARGE, LossReason.NO_LANE);
  }

  @Override
  public EventCounts counts() {
    long consumed = 0;
    long overwritten = 0;
    for (int i = 0; i < lanes.length(); i++) {
      PerfLane lane = lanes.getAcquire(i);
      consumed += lane == null ? 0 : lane.reader().samples();
      overwritten += lane == null ? 0 : lane.overwritten();
    }
    return new EventCounts(consumed, 0, overwritten, 0);
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  /** There are no descriptors in the slots here, so none can be taken out. */
  @Override
  public int delete(long keyAddress) {
    boolean inRange =
        Integer.compareUnsigned(RawMemory.getInt(keyAddress), spec().maxEntries()) < 0;
    return inRange ? -Errno.ENOENT : -Errno.E2BIG;
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    return -Errno.ENOTSUPP;
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    if (flags != MapFlags.ANY) {
      return -Errno.EINVAL;
    }
    boolean inRange =
        Integer.compareUnsigned(RawMemory.getInt(keyAddress), spec().maxEntries()) < 0;
    return inRange ? -Errno.EBADF : -Errno.E2BIG; // lanes are opened, not put in
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return ArraySlots.nextKey(keyAddress, toAddress, spec().maxEntries());
  }

  private static long time(PerfRecord record) {
    return record.timeNanos();
  }

  private long lose(CarrierSlot slot, LossReason reason, int errno) {
    lost.increment(slot, reason);
    return errno;
  }

  private @Nullable PerfLane lane(int index) {
    PerfLane lane = lanes.getAcquire(index); // pairs with make
    Opening mode = opening;
    return lane != null || mode == null ? lane : make(index, mode);
  }

  /** Once a slot: its first output pays for the lane. */
  private @Nullable PerfLane make(int index, Opening mode) {
    long block = memory().tryZeroed(PerfLane.bytes(mode.laneBytes));
    if (block == 0) {
      return null;
    }
    PerfLane lane = new PerfLane(block, mode.laneBytes, mode.overwrite);
    if (!lanes.compareAndSet(index, null, lane)) {
      return lanes.getAcquire(index);
    }
    synchronized (signal) {
      laneCount++;
    }
    return lane;
  }

  private boolean isReady() {
    for (PerfRingReader reader : readers()) {
      if (reader.next()) {
        return true;
      }
    }
    return false;
  }

  private PerfMerger merger() {
    int count = laneCount;
    if (count != mergedLanes) {
      merger = new PerfMerger(readers());
      mergedLanes = count;
    }
    return merger;
  }

  private List<PerfRingReader> readers() {
    List<PerfRingReader> readers = new ArrayList<>();
    for (int i = 0; i < lanes.length(); i++) {
      PerfLane lane = lanes.getAcquire(i);
      if (lane != null) {
        readers.add(lane.reader());
      }
    }
    return readers;
  }
}
