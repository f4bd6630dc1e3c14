package dev.sonde.probes.method;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.RingHelpers;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.PerfEventArrayMap;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.map.StackMap;
import dev.sonde.vm.map.UserRingbufMap;
import dev.sonde.vm.memory.RawMemory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What is begun in a map and ended in it by one helper: a record, a sample, a stack, a drain. */
final class StackEndOutputs {
  private static final long MAGIC = 0x50de_50de_50de_50deL;
  private static final int RING_BYTES = 1 << 16;

  private StackEndOutputs() {}

  static List<StackEndWork> all() {
    return List.of(new Records(), new Samples(), new Stacks(), new Drains());
  }

  /** Each record that is seen is whole, and none stands in the way of the next. */
  private static final class Records extends StackEndWork {
    private final RingbufMap ring =
        (RingbufMap) Maps.create(MapSpec.of("m", MapType.RINGBUF, 0, 0, RING_BYTES));
    private final long data = word();

    @Override
    void once(CarrierSlot slot) {
      RingHelpers.ringbufOutput(ring, data, 8, 0);
    }

    @Override
    void check(String when) {
      RingReader reader = ring.reader();
      int[] seen = {0};
      reader.poll(
          (bytes, offset, length) -> {
            Workout.check(bytes.getLong(offset) == MAGIC, when + ": half a record");
            seen[0]++;
          },
          Integer.MAX_VALUE);
      Workout.check(seen[0] > 0, when + ": no record");
      long left = reader.pendingBytes();
      Workout.check(left == 0, when + ": " + left + " B wait for a record that is not finished");
    }

    @Override
    public void close() {
      ring.close();
      RawMemory.free(data);
    }

    @Override
    public String toString() {
      return "bpf_ringbuf_output";
    }
  }

  /** Each sample that is seen is whole. */
  private static final class Samples extends StackEndWork {
    private final PerfEventArrayMap lanes =
        (PerfEventArrayMap)
            Maps.create(Maps.adapted(MapSpec.of("m", MapType.PERF_EVENT_ARRAY, 4, 4, 0)));
    private final long data = word();

    Samples() {
      lanes.open(RING_BYTES, false);
    }

    @Override
    void once(CarrierSlot slot) {
      lanes.output(slot, PerfEventArrayMap.CURRENT_CPU, data, 8);
    }

    @Override
    void check(String when) {
      int[] seen = {0};
      int last = -1;
      while (last != seen[0]) {
        last = seen[0];
        lanes.poll(
            sample -> {
              if (sample.type() == PerfLayout.SAMPLE) {
                long word = sample.buffer().getLong(sample.rawOffset());
                Workout.check(word == MAGIC, when + ": half a sample");
                seen[0]++;
              }
            },
            Integer.MAX_VALUE);
      }
      Workout.check(seen[0] > 0, when + ": no sample");
    }

    @Override
    public void close() {
      lanes.close();
      RawMemory.free(data);
    }

    @Override
    public String toString() {
      return "bpf_perf_event_output";
    }
  }

  /** As many stacks fit as ever. */
  private static final class Stacks extends StackEndWork {
    private final StackMap stacks =
        (StackMap) Maps.create(MapSpec.of("m", MapType.STACK_TRACE, 4, 8, ENTRIES));
    private final long[] frame = {0};

    @Override
    void once(CarrierSlot slot) {
      frame[0]++;
      stacks.stackId(frame, 1, StackMap.REUSE_STACKID);
    }

    @Override
    void check(String when) {
      for (byte[] id = stacks.nextKey(null); id != null; id = stacks.nextKey(null)) {
        stacks.delete(id);
      }
      AtomicInteger stored = new AtomicInteger();
      for (int i = 0; i < 1000 && stored.get() < ENTRIES; i++) {
        frame[0]++;
        long id = stacks.stackId(frame, 1, 0);
        Workout.check(id != -Errno.ENOMEM, when + ": room for " + stored + " stacks only");
        stored.addAndGet(id >= 0 ? 1 : 0);
      }
      Workout.check(stored.get() == ENTRIES, when + ": " + stored + " stacks");
    }

    @Override
    public void close() {
      stacks.close();
    }

    @Override
    public String toString() {
      return "bpf_get_stackid";
    }
  }

  /** Nobody drains for ever. */
  private static final class Drains extends StackEndWork {
    private final UserRingbufMap ring =
        (UserRingbufMap) Maps.create(MapSpec.of("m", MapType.USER_RINGBUF, 0, 0, 4096));

    @Override
    void once(CarrierSlot slot) {
      ring.drain((address, size) -> 0);
    }

    @Override
    void check(String when) {
      long answer = ring.drain((address, size) -> 0);
      Workout.check(answer == 0, when + ": drain answers " + answer);
    }

    @Override
    public void close() {
      ring.close();
    }

    @Override
    public String toString() {
      return "bpf_user_ringbuf_drain";
    }
  }

  private static long word() {
    long data = RawMemory.allocateZeroed(8);
    RawMemory.putLong(data, MAGIC);
    return data;
  }
}
