package dev.sonde.bench;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import java.util.Random;

/** What a lookup and an increment cost, through the map object as a helper call does it. */
public final class MapBench {
  private static final int ENTRIES = 1 << 16;
  private static final int COUNT = 1 << 16;
  private static final int BATCHES = 300;

  private MapBench() {}

  /** Runs all; no arguments. */
  public static void main(String[] args) {
    hash(MapType.HASH);
    hash(MapType.PERCPU_HASH);
    hash(MapType.LRU_HASH);
    array(MapType.ARRAY);
    array(MapType.PERCPU_ARRAY);
    updates();
  }

  private static void hash(MapType type) {
    long keys = randomKeys();
    try (BpfMap map = Maps.create(MapSpec.of("bench", type, 16, 8, ENTRIES))) {
      fill(map, keys);
      Batches.report(
          type + " lookup and increment, 64k keys of 16 B",
          COUNT,
          BATCHES,
          n -> count(map, keys, n));
    }
    RawMemory.free(keys);
  }

  private static void array(MapType type) {
    long key = RawMemory.allocateZeroed(8);
    try (BpfMap map = Maps.create(MapSpec.of("bench", type, 4, 8, 1024))) {
      Batches.report(
          type + " lookup and increment",
          COUNT,
          BATCHES,
          n -> {
            for (int i = 0; i < n; i++) {
              RawMemory.putInt(key, i & 1023);
              long value = map.lookup(1, key);
              RawMemory.putLong(value, RawMemory.getLong(value) + 1);
            }
          });
    }
    RawMemory.free(key);
  }

  private static void updates() {
    long keys = randomKeys();
    try (BpfMap map = Maps.create(MapSpec.of("bench", MapType.HASH, 16, 8, ENTRIES))) {
      fill(map, keys);
      Batches.report(
          "HASH update of a present key",
          COUNT,
          BATCHES,
          n -> {
            for (int i = 0; i < n; i++) {
              map.update(1, keys + (i & ENTRIES - 1) * 16L, keys, 0);
            }
          });
      Batches.report(
          "HASH delete and insert",
          COUNT,
          BATCHES,
          n -> {
            for (int i = 0; i < n; i++) {
              long key = keys + (i & ENTRIES - 1) * 16L;
              map.delete(key);
              map.update(1, key, keys, 0);
            }
          });
    }
    RawMemory.free(keys);
  }

  private static void count(BpfMap map, long keys, int n) {
    for (int i = 0; i < n; i++) {
      long value = map.lookup(1, keys + (i & ENTRIES - 1) * 16L);
      RawMemory.putLong(value, RawMemory.getLong(value) + 1);
    }
  }

  private static void fill(BpfMap map, long keys) {
    for (int i = 0; i < ENTRIES; i++) {
      map.update(1, keys + i * 16L, keys, 0);
    }
  }

  private static long randomKeys() {
    long keys = RawMemory.allocateZeroed(ENTRIES * 16L);
    Random random = new Random(1);
    for (int i = 0; i < ENTRIES * 2; i++) {
      RawMemory.putLong(keys + i * 8L, random.nextLong());
    }
    return keys;
  }
}
