package dev.sonde.vm.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is particular to single map types, beyond what the comparison with the kernel covers. */
class MapTypesTest {
  private final long scratch = RawMemory.allocateZeroed(64);

  @AfterEach
  void free() {
    RawMemory.free(scratch);
  }

  private static int errno(Executable operation) {
    return assertThrows(BpfException.class, operation).errno();
  }

  private static byte[] u32(int value) {
    return InnerMaps.bytes(value);
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"LRU_HASH", "LRU_PERCPU_HASH"})
  void anLruMapKeepsWhatIsUsedAndNeverRefuses(MapType type) {
    int capacity = 1000;
    int hot = 200;
    try (BpfMap map = Maps.create(MapSpec.of("l", type, 4, 8, capacity))) {
      for (int i = 0; i < hot; i++) {
        RawMemory.putInt(scratch, i);
        assertEquals(0, map.update(0, scratch, scratch + 8, 0));
      }
      for (int i = 0; i < 50_000; i++) {
        RawMemory.putInt(scratch, i % hot);
        assertTrue(map.lookup(0, scratch) != 0, "a hot key was evicted");
        RawMemory.putInt(scratch, hot + i);
        assertEquals(0, map.update(0, scratch, scratch + 8, 0));
      }
      assertEquals(capacity, map.forEachElement(0, (k, v) -> 0));
      RawMemory.putInt(scratch, hot + 49_999);
      assertTrue(map.lookup(0, scratch) != 0, "the newest key was evicted");
    }
  }

  @Test
  void anLruMapEvictsTheOldestOfTheUnused() {
    try (BpfMap map = Maps.create(MapSpec.of("l", MapType.LRU_HASH, 4, 8, 8))) {
      for (int i = 0; i < 8; i++) {
        map.update(u32(i), new byte[8], 0);
      }
      RawMemory.putInt(scratch, 0);
      map.lookup(0, scratch);
      map.update(u32(8), new byte[8], 0);
      assertNotNull(map.lookup(u32(0)), "the used key was evicted");
      assertNull(map.lookup(u32(1)), "the oldest unused key is still there");
    }
  }

  @Test
  void mapsOfMapsAnswerMapPointersAndRefuseOtherShapes() {
    MapSpec inner = MapSpec.of("i", MapType.ARRAY, 4, 8, 3);
    for (MapType type : List.of(MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS)) {
      MapSpec spec = new MapSpec("o", type, 4, 4, 5, 0, inner, false, Map.of(), 0, 0);
      try (BpfMap outer = Maps.create(spec);
          BpfMap one = Maps.create(inner);
          BpfMap other = Maps.create(MapSpec.of("x", MapType.ARRAY, 4, 8, 4))) {
        outer.update(u32(2), u32(one.id()), 0);
        RawMemory.putInt(scratch, 2);
        assertSame(one, MapTable.get(outer.lookup(0, scratch)));
        assertArrayEquals(u32(one.id()), outer.lookup(u32(2)));
        assertEquals(Errno.EINVAL, errno(() -> outer.update(u32(2), u32(other.id()), 0)));
        assertEquals(Errno.EBADF, errno(() -> outer.update(u32(2), u32(1 << 20), 0)));
        outer.delete(u32(2));
        assertEquals(0, outer.lookup(0, scratch));
        assertEquals(Errno.ENOENT, errno(() -> outer.delete(u32(2))));
      }
    }
    assertEquals(
        Errno.EBADF, errno(() -> Maps.create(MapSpec.of("o", MapType.ARRAY_OF_MAPS, 4, 4, 1))));
  }

  @Test
  void aMapOfDevicesOrProcessorsHasWhatTheUserPutsInAndProgramsOnlyRead() {
    for (MapType type : List.of(MapType.DEVMAP, MapType.CPUMAP, MapType.XSKMAP)) {
      try (RedirectMap map = (RedirectMap) Maps.create(MapSpec.of("d", type, 4, 4, 4))) {
        assertFalse(map.contains(0, 2));
        map.update(u32(2), u32(7), 0);
        map.update(u32(2), u32(9), MapFlags.EXIST);
        assertTrue(map.contains(1, 2));
        assertArrayEquals(u32(9), map.lookup(u32(2)));
        assertNull(map.lookup(u32(3)));
        assertEquals(Errno.E2BIG, errno(() -> map.update(u32(4), u32(7), 0)));
        assertEquals(Errno.EEXIST, errno(() -> map.update(u32(3), u32(7), MapFlags.NOEXIST)));
        assertEquals(Errno.EINVAL, errno(() -> map.update(u32(3), u32(7), 3)));
        assertEquals(-Errno.EOPNOTSUPP, map.update(0, scratch, scratch, 0));
        map.delete(u32(2));
        map.delete(u32(2)); // every slot exists
        assertFalse(map.contains(0, 2));
        assertEquals(Errno.EINVAL, errno(() -> map.delete(u32(4))));
        assertArrayEquals(u32(1), map.nextKey(u32(0)));
        assertNull(map.nextKey(u32(3)));
      }
    }
    try (RedirectMap map = (RedirectMap) Maps.create(MapSpec.of("d", MapType.DEVMAP, 4, 8, 4))) {
      map.update(u32(1), new byte[] {3, 0, 0, 0, 0, 0, 0, 0}, 0);
      assertTrue(map.contains(0, 1));
      map.update(u32(1), new byte[8], 0); // no device: taken away
      assertFalse(map.contains(0, 1));
    }
    assertTrue(MapSpec.of("d", MapType.DEVMAP_HASH, 4, 4, 1).programsOnlyRead());
    assertFalse(MapSpec.of("d", MapType.CPUMAP, 4, 4, 1).programsOnlyRead());
  }

  @Test
  void aHashOfDevicesTakesAnyKeyUntilItIsFull() {
    MapSpec spec = MapSpec.of("h", MapType.DEVMAP_HASH, 4, 4, 2);
    try (RedirectMap map = (RedirectMap) Maps.create(spec)) {
      map.update(u32(1_000_000), u32(7), MapFlags.NOEXIST);
      map.update(u32(-1), u32(8), 0);
      assertEquals(Errno.E2BIG, errno(() -> map.update(u32(5), u32(7), 0)));
      assertEquals(Errno.EEXIST, errno(() -> map.update(u32(-1), u32(7), MapFlags.NOEXIST)));
      assertEquals(Errno.EINVAL, errno(() -> map.update(u32(-1), u32(0), 0)));
      map.delete(u32(-1));
      assertEquals(Errno.ENOENT, errno(() -> map.delete(u32(-1))));
      assertTrue(map.contains(0, 1_000_000));
      assertArrayEquals(u32(1_000_000), map.nextKey(null));
      assertNull(map.nextKey(u32(1_000_000)));
    }
  }

  @Test
  void aMapOfKernelObjectsIsEmptyForGood() {
    try (BpfMap map = Maps.create(MapSpec.of("s", MapType.SOCKHASH, 8, 4, 4))) {
      assertNull(map.lookup(new byte[8]));
      assertNull(map.nextKey(null));
      assertEquals(Errno.EOPNOTSUPP, errno(() -> map.update(new byte[8], u32(3), 0)));
      assertEquals(Errno.ENOENT, errno(() -> map.delete(new byte[8])));
    }
    MapSpec storage = MapSpec.of("s", MapType.SK_STORAGE, 4, 8, 0);
    Maps.create(storage.withFlags(MapFlags.NO_PREALLOC)).close();
    assertEquals(Errno.EINVAL, errno(() -> Maps.create(storage.withMaxEntries(1))));
  }

  @Test
  void aProgArrayIsChangedWhileProgramsRun() {
    try (ProgArrayMap map =
        (ProgArrayMap) Maps.create(MapSpec.of("p", MapType.PROG_ARRAY, 4, 4, 3))) {
      Object program = new Object();
      map.set(1, program, 77);
      assertSame(program, map.program(1));
      assertNull(map.program(2));
      assertNull(map.program(-1));
      assertArrayEquals(u32(77), map.lookup(u32(1)));
      map.delete(u32(1));
      assertNull(map.program(1));
      assertEquals(Errno.E2BIG, errno(() -> map.set(3, program, 77)));
    }
  }

  @Test
  void taskStorageIsAValuePerThreadUntilItDies() {
    MapSpec spec = MapSpec.of("t", MapType.TASK_STORAGE, 4, 16, 0).withFlags(MapFlags.NO_PREALLOC);
    try (TaskStorageMap map = (TaskStorageMap) Maps.create(spec)) {
      assertEquals(0, map.get(0, 7, 0, 0));
      long value = map.get(0, 7, 0, TaskStorageMap.CREATE);
      RawMemory.putLong(value, 42);
      assertEquals(value, map.get(1, 7, 0, TaskStorageMap.CREATE));
      assertEquals(42, map.lookup(u32(7))[0]);
      RawMemory.putLong(scratch, 5);
      assertEquals(5, RawMemory.getLong(map.get(0, 8, scratch, TaskStorageMap.CREATE)));
      assertEquals(1, map.purge(id -> id == 8));
      assertNull(map.lookup(u32(7)));
      assertEquals(0, map.remove(8));
      assertEquals(-Errno.ENOENT, map.remove(8));
      assertEquals(0, map.get(0, 8, 0, 2));
    }
  }

  @Test
  void aBloomFilterNeverDeniesAndSeldomErrs() {
    try (BloomFilterMap map =
        (BloomFilterMap) Maps.create(MapSpec.of("b", MapType.BLOOM_FILTER, 0, 4, 1000))) {
      for (int i = 0; i < 1000; i++) {
        map.update(new byte[0], u32(i), 0);
      }
      int wrong = 0;
      for (int i = 0; i < 1000; i++) {
        assertTrue(map.contains(u32(i)));
        wrong += map.contains(u32(100_000 + i)) ? 1 : 0;
      }
      assertTrue(wrong < 60, wrong + " of 1000 wrongly known");
    }
  }

  @Test
  void aUserRingIsDrainedUntilTheProgramSaysStop() {
    try (UserRingbufMap map =
        (UserRingbufMap) Maps.create(MapSpec.of("u", MapType.USER_RINGBUF, 0, 0, 4096))) {
      for (int i = 0; i < 5; i++) {
        long at = map.producer().reserve(8);
        map.data().putLong((int) at, i);
        map.producer().submit(at, 0);
      }
      List<Long> seen = new ArrayList<>();
      assertEquals(
          3,
          map.drain(
              (address, size) -> {
                seen.add(RawMemory.getLong(address));
                assertEquals(-Errno.EBUSY, map.drain((a, s) -> 0));
                return seen.size() == 3 ? 1 : 0;
              }));
      assertEquals(2, map.drain((address, size) -> 0));
      assertEquals(List.of(0L, 1L, 2L), seen);
    }
  }

  @Test
  void ringbufQueriesAndErrnosAreTheKernels() {
    try (RingbufMap map = (RingbufMap) Maps.create(MapSpec.of("r", MapType.RINGBUF, 0, 0, 4096))) {
      assertEquals(-Errno.EINVAL, map.output(scratch, 8, 4));
      assertEquals(0, map.output(scratch, 8, 0));
      assertEquals(16, map.query(0));
      assertEquals(4096, map.query(1));
      assertEquals(0, map.query(2));
      assertEquals(16, map.query(3));
      assertEquals(0, map.query(9));
      assertEquals(-Errno.EAGAIN, map.output(scratch, 5000, 0));
      assertEquals(1, map.lost());
      assertEquals(1, map.reader().poll((data, offset, length) -> assertEquals(8, length), 9));
      assertEquals(16, map.query(2));
    }
  }

  @Test
  void stackFlagsDecideACollision() {
    MapSpec spec = MapSpec.of("s", MapType.STACK_TRACE, 4, 32, 2);
    try (StackMap map = (StackMap) Maps.create(spec)) {
      int id = (int) map.stackId(new long[] {1, 2}, 2, 0);
      assertEquals(id, map.stackId(new long[] {1, 2}, 2, 0));
      long[] other = {3};
      while (map.stackId(other, 1, 0) != -Errno.EEXIST) { // until one falls into the same bucket
        map.delete(u32(1 - id));
        other[0]++;
      }
      assertEquals(-Errno.EEXIST, map.stackId(other, 1, StackMap.FAST_STACK_CMP));
      assertEquals(id, map.stackId(other, 1, StackMap.REUSE_STACKID));
      byte[] value = map.lookup(u32(id));
      assertEquals(other[0], value[0]);
      assertEquals(0, value[8]);
      map.delete(u32(id));
      assertNull(map.lookup(u32(id)));
    }
  }

  @Test
  void aStackReplacesAnotherOnlyWhileAnElementIsFreeAsInTheKernel() {
    MapSpec spec = MapSpec.of("s", MapType.STACK_TRACE, 4, 32, 1);
    try (StackMap map = (StackMap) Maps.create(spec)) {
      assertEquals(0, map.stackId(new long[] {1, 2}, 2, 0));
      assertEquals(-Errno.ENOMEM, map.stackId(new long[] {3}, 1, StackMap.REUSE_STACKID));
    }
  }

  @Test
  void aCgroupArrayAnswersForThisProcess() {
    try (CgroupArrayMap map =
        (CgroupArrayMap) Maps.create(MapSpec.of("c", MapType.CGROUP_ARRAY, 4, 4, 2))) {
      assertEquals(-Errno.EAGAIN, map.isUnder(0));
      assertEquals(-Errno.E2BIG, map.isUnder(2));
      assertEquals(
          Errno.EBADF, errno(() -> map.set(0, java.nio.file.Path.of("/nonexistent/cgroup"))));
    }
  }

  @Test
  void batchesReadWriteAndEmptyAMap() {
    try (BpfMap map = Maps.create(MapSpec.of("h", MapType.HASH, 4, 4, 100))) {
      List<Batch.Entry> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        all.add(new Batch.Entry(u32(i), u32(i * 3)));
      }
      Batch.update(map, all, MapFlags.NOEXIST);
      int read = 0;
      byte[] cursor = null;
      do {
        Batch batch = Batch.lookup(map, cursor, 7);
        read += batch.entries().size();
        cursor = batch.next();
      } while (cursor != null);
      assertEquals(50, read);
      Batch.delete(map, List.of(u32(1), u32(2)));
      assertEquals(Errno.ENOENT, errno(() -> Batch.delete(map, List.of(u32(1)))));
      assertEquals(40, Batch.lookupAndDelete(map, 40).entries().size());
      assertNull(Batch.lookupAndDelete(map, 40).next());
      assertNull(map.nextKey(null));
    }
    try (BpfMap queue = Maps.create(MapSpec.of("q", MapType.QUEUE, 0, 4, 4))) {
      assertEquals(Errno.ENOTSUPP, errno(() -> Batch.lookup(queue, null, 1)));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"STRUCT_OPS", "ARENA", "UNSPEC"})
  void whatMakesNoSenseHereIsRefusedByNameAndWithAReason(MapType type) {
    assertFalse(Maps.isSupported(type));
    BpfException refusal =
        assertThrows(BpfException.class, () -> Maps.create(MapSpec.of("m", type, 4, 4, 1)));
    assertEquals(Errno.EINVAL, refusal.errno());
    assertTrue(refusal.getMessage().contains(type.name()), refusal.getMessage());
  }

  @Test
  void everyOtherTypeIsThere() {
    int supported = 0;
    for (MapType type : MapType.values()) {
      supported += Maps.isSupported(type) ? 1 : 0;
    }
    assertEquals(31, supported);
  }

  @Test
  void dataSectionsAreArraysWithDirectValues() {
    MapSpec spec =
        new MapSpec(
            ".data", MapType.ARRAY, 4, 6, 1, 0, null, false, Map.of(0, new byte[] {1, 2, 3}), 0, 0);
    try (BpfMap map = Maps.create(spec)) {
      assertEquals(2, RawMemory.getByte(map.directValueAddress(1)));
      assertEquals(0, map.directValueAddress(6));
      assertArrayEquals(new byte[] {1, 2, 3, 0, 0, 0}, map.lookup(u32(0)));
    }
  }
}
