package dev.sonde.probes.method;

import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.LockHelpers;
import dev.sonde.vm.helper.MapHelpers;
import dev.sonde.vm.helper.TimerHelpers;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.stacktrace.FrameTable.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a probe of {@link StackEndLocks} does, on something of its own that has a lock. */
abstract class StackEndWork implements AutoCloseable {
  static final int ENTRIES = 8;
  private static final long CLOCK_MONOTONIC = 1;

  /** Does something, each time something else; may be stopped anywhere. */
  abstract void once(CarrierSlot slot);

  /** Fails if what this works on is not as it ought to be. */
  abstract void check(String when);

  /** Tells whether the end of the stack is to be a thread's first event. */
  boolean ofNewThreads() {
    return false;
  }

  @Override
  public void close() {}

  static List<StackEndWork> all() {
    List<StackEndWork> all = new ArrayList<>();
    Stream.of(MapType.HASH, MapType.LRU_HASH, MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH)
        .forEach(type -> all.add(new Keys(MapSpec.of("m", type, 8, 8, ENTRIES))));
    MapSpec trie = MapSpec.of("m", MapType.LPM_TRIE, 8, 8, ENTRIES);
    all.add(new Keys(trie.withFlags(MapFlags.NO_PREALLOC)));
    all.add(new Values(MapSpec.of("m", MapType.QUEUE, 0, 8, ENTRIES)));
    all.add(new Values(MapSpec.of("m", MapType.STACK, 0, 8, ENTRIES)));
    all.add(new Locked());
    all.add(new Timed());
    all.add(new Frames());
    all.add(new Claims());
    all.addAll(StackEndOutputs.all());
    return all;
  }

  /** A map by key: it must take as many keys as before, and give all of them back. */
  private static class Keys extends StackEndWork {
    final BpfMap map;
    final long key = RawMemory.allocateZeroed(8);
    final long value = RawMemory.allocateZeroed(64);
    int turn;

    Keys(MapSpec spec) {
      map = Maps.create(spec);
    }

    void use(int number) {
      RawMemory.putInt(key, 32); // the length of the prefix in a trie
      RawMemory.putInt(key + 4, number);
    }

    @Override
    void once(CarrierSlot slot) {
      turn++;
      use(turn % ENTRIES);
      if (turn % 3 == 0) {
        MapHelpers.mapDeleteElem(slot, map, key);
      } else {
        MapHelpers.mapUpdateElem(slot, map, key, value, 0);
      }
    }

    @Override
    void check(String when) {
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < ENTRIES; i++) {
          use(i);
          int answer = map.update(0, key, value, 0);
          Workout.check(answer == 0, when + ": update answers " + answer);
        }
        Workout.check(count() == ENTRIES, when + ": " + count() + " keys");
        for (int i = 0; i < ENTRIES; i++) {
          use(i);
          int answer = map.delete(key);
          Workout.check(answer == 0, when + ": delete answers " + answer);
          Workout.check(map.lookup(0, key) == 0, when + ": a key is left");
        }
        Workout.check(count() == 0, when + ": " + count() + " keys are left");
      }
    }

    private int count() {
      int count = 0;
      for (byte[] at = map.nextKey(null); at != null && count < 100; at = map.nextKey(at)) {
        count++;
      }
      return count;
    }

    @Override
    public void close() {
      map.close();
      RawMemory.free(key);
      RawMemory.free(value);
    }

    @Override
    public String toString() {
      return map.spec().type().toString();
    }
  }

  /** A queue or a stack: it must take as many values as before. */
  private static final class Values extends Keys {
    Values(MapSpec spec) {
      super(spec);
    }

    @Override
    void once(CarrierSlot slot) {
      turn++;
      if (turn % 3 == 0) {
        MapHelpers.mapPopElem(slot, map, value);
      } else {
        MapHelpers.mapPushElem(slot, map, value, MapFlags.EXIST);
      }
    }

    @Override
    void check(String when) {
      int popped = 0;
      int answer = map.pop(value);
      for (; answer == 0; answer = map.pop(value)) {
        popped++;
      }
      Workout.check(answer == -Errno.ENOENT, when + ": pop answers " + answer);
      Workout.check(popped <= ENTRIES, when + ": " + popped + " values");
      for (int i = 0; i < ENTRIES; i++) {
        answer = map.push(value, 0);
        Workout.check(answer == 0, when + ": push answers " + answer);
      }
      answer = map.push(value, 0);
      Workout.check(answer == -Errno.E2BIG, when + ": push answers " + answer);
    }
  }

  /** The bpf_spin_lock of a value, taken by the program and by BPF_F_LOCK. */
  private static final class Locked extends Keys {
    private final long lock;

    Locked() {
      super(
          MapSpec.of("m", MapType.ARRAY, 4, 16, 1)
              .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.SPIN_LOCK, 8))));
      lock = map.lookup(0, key) + 8;
    }

    @Override
    void once(CarrierSlot slot) {
      turn++;
      if (turn % 2 == 0) {
        MapHelpers.mapUpdateElem(slot, map, key, value, MapFlags.LOCK);
      } else {
        LockHelpers.spinLock(slot, lock);
        LockHelpers.spinUnlock(slot, lock);
      }
    }

    @Override
    void check(String when) {
      Workout.check(RawMemory.getIntVolatile(lock) == 0, when + ": bpf_spin_lock is taken");
    }

    @Override
    public String toString() {
      return "bpf_spin_lock";
    }
  }

  /** Timers, whose table has a lock, in a hash map. */
  private static final class Timed extends Keys {
    Timed() {
      super(
          MapSpec.of("m", MapType.HASH, 8, 16, ENTRIES)
              .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.TIMER, 0))));
    }

    @Override
    void once(CarrierSlot slot) {
      super.once(slot);
      long at = MapHelpers.mapLookupElem(slot, map, key);
      if (at != 0) {
        TimerHelpers.timerInit(at, map, CLOCK_MONOTONIC);
      }
    }

    @Override
    void check(String when) {
      super.check(when);
      use(0);
      map.update(0, key, value, 0);
      long answer = TimerHelpers.timerInit(map.lookup(0, key), map, CLOCK_MONOTONIC);
      Workout.check(answer == 0, when + ": bpf_timer_init answers " + answer);
    }

    @Override
    public String toString() {
      return "bpf_timer_init";
    }
  }

  /** The table of frames' ids. */
  private static final class Frames extends StackEndWork {
    private final JavaFrames frames = new JavaFrames();
    private int turn;

    @Override
    void once(CarrierSlot slot) {
      frames.idOf(new Frame("c", "m", null, turn++));
    }

    @Override
    void check(String when) {
      for (int i = 0; i < 2; i++) {
        Frame frame = new Frame("c", "m", null, turn++);
        long id = frames.idOf(frame);
        Workout.check(frame.equals(frames.frame(id)), when + ": a frame has the id of another");
      }
    }

    @Override
    public String toString() {
      return "frame ids";
    }
  }

  /** What a thread's first event needs, a carrier slot, whose table has a lock. */
  private static final class Claims extends StackEndWork {
    @Override
    void once(CarrierSlot slot) {}

    @Override
    void check(String when) {}

    @Override
    boolean ofNewThreads() {
      return true;
    }

    @Override
    public String toString() {
      return "carrier slot";
    }
  }
}
