package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.ringbuf.RingReader;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four threads on maps that hold maps, programs, threads' values, records, locks or timers. */
class ReferenceConcurrencyTest {
  private static final MapSpec INNER = MapSpec.of("inner", MapType.ARRAY, 4, 8, 1);

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"ARRAY_OF_MAPS", "HASH_OF_MAPS"})
  void whoLooksUpAnInnerMapGetsOneThatLives(MapType type) {
    MapSpec spec = new MapSpec("o", type, 4, 4, 4, 0, INNER, false, Map.of(), 0, 0);
    try (BpfMap outer = Maps.create(spec);
        BpfMap one = Maps.create(INNER);
        BpfMap two = Maps.create(INNER)) {
      AtomicLongArray added = new AtomicLongArray(2);
      outer.update(InnerMaps.bytes(1), InnerMaps.bytes(one.id()), 0);
      FourThreads.run(
          (thread, scratch, random) -> {
            if (thread == 0) {
              BpfMap next = random.nextBoolean() ? one : two;
              outer.update(InnerMaps.bytes(1), InnerMaps.bytes(next.id()), 0);
              return;
            }
            RawMemory.putInt(scratch, 1);
            BpfMap inner = MapTable.get(outer.lookup(thread, scratch));
            assertTrue(inner == one || inner == two, () -> "inner map " + inner);
            RawMemory.putInt(scratch, 0);
            RawMemory.getAndAddLong(inner.lookup(thread, scratch), 1);
            added.incrementAndGet(inner == one ? 0 : 1);
          });
      assertEquals(added.get(0), number(one, 0));
      assertEquals(added.get(1), number(two, 0));
    }
  }

  @Test
  void aSlotOfAProgArrayHoldsOneOfItsProgramsOrNone() {
    try (ProgArrayMap map =
        (ProgArrayMap) Maps.create(MapSpec.of("p", MapType.PROG_ARRAY, 4, 4, 2))) {
      List<String> programs = List.of("a", "b", "c");
      AtomicLong seen = new AtomicLong();
      FourThreads.run(
          (thread, scratch, random) -> {
            if (thread == 0) {
              int which = random.nextInt(3);
              map.set(1, programs.get(which), which + 1);
            } else if (thread == 1 && random.nextInt(4) == 0) {
              RawMemory.putInt(scratch, 1);
              int answer = map.delete(scratch);
              assertTrue(answer == 0 || answer == -Errno.ENOENT);
            } else {
              Object program = map.program(1);
              assertTrue(program == null || programs.contains(program));
              seen.addAndGet(program == null ? 0 : 1);
            }
          });
      assertTrue(seen.get() > 0);
    }
  }

  @Test
  void aThreadsOwnValueIsItsOwn() {
    MapSpec spec = MapSpec.of("t", MapType.TASK_STORAGE, 4, 8, 0).withFlags(MapFlags.NO_PREALLOC);
    try (TaskStorageMap map = (TaskStorageMap) Maps.create(spec)) {
      AtomicLongArray turns = new AtomicLongArray(FourThreads.COUNT);
      FourThreads.run(
          (thread, scratch, random) -> {
            long value = map.get(thread, 100 + thread, 0, TaskStorageMap.CREATE);
            assertTrue(value != 0);
            RawMemory.putLong(value, RawMemory.getLong(value) + 1);
            turns.incrementAndGet(thread);
            if (random.nextInt(8) == 0) { // values come and go beside it
              long other = 1_000 + 4L * random.nextInt(50) + thread;
              map.get(thread, other, 0, TaskStorageMap.CREATE);
              map.remove(other);
            }
          });
      for (int thread = 0; thread < FourThreads.COUNT; thread++) {
        assertEquals(turns.get(thread), number(map, 100 + thread));
      }
    }
  }

  @Test
  void aRingKeepsEachProducersOrderAndLosesOnlyWhatItCounts() {
    try (RingbufMap map =
        (RingbufMap) Maps.create(MapSpec.of("r", MapType.RINGBUF, 0, 0, 1 << 16))) {
      RingReader reader = map.reader();
      long[] last = new long[FourThreads.COUNT];
      AtomicLongArray produced = new AtomicLongArray(FourThreads.COUNT);
      AtomicLong lost = new AtomicLong();
      AtomicLong read = new AtomicLong();
      Runnable drain =
          () ->
              read.addAndGet(
                  reader.poll(
                      (data, offset, length) -> {
                        int thread = (int) data.getLong(offset);
                        long number = data.getLong(offset + 8);
                        assertTrue(number > last[thread], "records of one producer stay in order");
                        assertEquals(number * 31 + thread, data.getLong(offset + 16));
                        last[thread] = number;
                      },
                      Integer.MAX_VALUE));
      FourThreads.run(
          (thread, scratch, random) -> {
            if (thread == 0) {
              drain.run();
              return;
            }
            long number = produced.incrementAndGet(thread);
            RawMemory.putLong(scratch, thread);
            RawMemory.putLong(scratch + 8, number);
            RawMemory.putLong(scratch + 16, number * 31 + thread);
            if (map.output(scratch, 24, 0) != 0) {
              lost.incrementAndGet();
            }
          });
      drain.run();
      long all = produced.get(1) + produced.get(2) + produced.get(3);
      assertEquals(all, read.get() + lost.get());
      assertTrue(read.get() > 0);
    }
  }

  @Test
  void aUserRingsRecordsAreDrainedOnceAndInOrder() {
    try (UserRingbufMap map =
        (UserRingbufMap) Maps.create(MapSpec.of("u", MapType.USER_RINGBUF, 0, 0, 4096))) {
      AtomicLong produced = new AtomicLong();
      AtomicLong drained = new AtomicLong();
      FourThreads.run(
          (thread, scratch, random) -> {
            if (thread == 0) {
              long at = map.producer().reserve(8);
              if (at >= 0) {
                map.data().putLong((int) at, produced.getAndIncrement());
                map.producer().submit(at, 0);
              }
              return;
            }
            long answer =
                map.drain(
                    (address, size) -> {
                      assertEquals(drained.getAndIncrement(), RawMemory.getLong(address));
                      return random.nextInt(4) == 0 ? 1 : 0;
                    });
            assertTrue(answer >= 0 || answer == -Errno.EBUSY, () -> "drain: " + answer);
          });
      while (map.drain((address, size) -> drained.getAndIncrement() < 0 ? 1 : 0) > 0) {
        // what was produced last
      }
      assertEquals(produced.get(), drained.get());
      assertTrue(drained.get() > 0);
    }
  }

  @Test
  void aSlotOfACgroupArrayAnswersForWhatItHolds() {
    Path root = Path.of("/sys/fs/cgroup");
    assumeTrue(Files.exists(root.resolve("cgroup.procs")), "no unified cgroups here");
    try (CgroupArrayMap map =
        (CgroupArrayMap) Maps.create(MapSpec.of("c", MapType.CGROUP_ARRAY, 4, 4, 2))) {
      FourThreads.run(
          (thread, scratch, random) -> {
            if (thread == 0) {
              map.set(1, root);
            } else if (thread == 1) {
              RawMemory.putInt(scratch, 1);
              int answer = map.delete(scratch);
              assertTrue(answer == 0 || answer == -Errno.ENOENT, () -> "delete: " + answer);
            } else {
              int under = map.isUnder(1);
              assertTrue(under == 1 || under == -Errno.EAGAIN, () -> "under: " + under);
            }
          });
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"HASH", "ARRAY"})
  void underItsLockAValueIsNeverHalfWritten(MapType type) {
    MapSpec spec =
        MapSpec.of("l", type, 4, 40, 4)
            .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.SPIN_LOCK, 16)));
    try (BpfMap map = Maps.create(spec)) {
      map.update(InnerMaps.bytes(1), new byte[40], 0);
      AtomicLong whole = new AtomicLong();
      FourThreads.run(
          (thread, scratch, random) -> {
            RawMemory.putInt(scratch, 1);
            if (random.nextBoolean()) {
              long stamp = random.nextLong();
              for (int i = 0; i < 40; i += 8) {
                RawMemory.putLong(scratch + 8 + i, stamp);
              }
              int answer = map.update(thread, scratch, scratch + 8, MapFlags.LOCK);
              assertTrue(answer == 0 || answer == -Errno.EBUSY, () -> "update: " + answer);
              return;
            }
            byte[] value;
            try {
              value = map.lookup(InnerMaps.bytes(1), MapFlags.LOCK);
            } catch (BpfException.Busy preempted) {
              return;
            }
            assertNotNull(value);
            ByteBuffer words = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
            assertEquals(words.getLong(0), words.getLong(8), "torn");
            assertEquals(words.getLong(0), words.getLong(24), "torn");
            assertEquals(words.getLong(0), words.getLong(32), "torn");
            whole.incrementAndGet();
          });
      assertTrue(whole.get() > 0);
    }
  }

  @Test
  void timersAreStartedAndCancelledFromEverywhere() {
    MapSpec spec =
        MapSpec.of("t", MapType.HASH, 4, 24, 64)
            .withSpecialFields(List.of(new SpecialField(SpecialField.Kind.TIMER, 8)));
    try (BpfMap map = Maps.create(spec)) {
      MapTimers timers = map.timers();
      assertNotNull(timers);
      AtomicLong fired = new AtomicLong();
      FourThreads.run(
          (thread, scratch, random) -> {
            RawMemory.putInt(scratch, random.nextInt(32));
            RawMemory.fill(scratch + 8, 24, (byte) 0);
            long value = map.lookup(thread, scratch);
            if (value == 0) {
              map.update(thread, scratch, scratch + 8, MapFlags.NOEXIST);
              return;
            }
            MapTimer timer = MapTimers.at(value + 8);
            switch (random.nextInt(5)) {
              case 0 -> timers.init(value + 8, 1);
              case 1 -> {
                if (timer != null) {
                  timer.setCallback((slot, m, k, v) -> fired.incrementAndGet(), map);
                }
              }
              case 2 -> {
                if (timer != null) {
                  timer.start(random.nextInt(100_000));
                }
              }
              case 3 -> {
                if (timer != null) {
                  int answer = timer.cancel();
                  assertTrue(answer == 0 || answer == 1, () -> "cancel: " + answer);
                }
              }
              default -> {
                if (random.nextInt(50) == 0) {
                  map.delete(scratch);
                }
              }
            }
          });
      assertTrue(fired.get() > 0);
      assertEquals(0, timers.failedRuns());
    }
  }

  private static long number(BpfMap map, int key) {
    byte[] value = map.lookup(InnerMaps.bytes(key));
    assertNotNull(value);
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }
}
