package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts.Region;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The maps of a {@link Machine}: values that are made when they are first asked for, and records.
 */
final class MapStore {
  private static final long HANDLES = 0x6d61_7000_0000L;
  private static final int HANDLE_SPACING = 64;

  private final List<BpfMap> maps;
  private final Memory memory;
  private final SplittableRandom random;
  private final Map<Integer, Map<Integer, Memory.Block>> values = new HashMap<>();

  MapStore(List<BpfMap> maps, Memory memory, SplittableRandom random) {
    this.maps = maps;
    this.memory = memory;
    this.random = random;
  }

  /** What an lddw of a map yields: an address at which nothing may be read. */
  static long handle(int map) {
    return HANDLES + map * (long) HANDLE_SPACING;
  }

  /** Returns the map that {@code handle} names, or -1. */
  int index(long handle) {
    long index = (handle - HANDLES) / HANDLE_SPACING;
    boolean known = index >= 0 && index < maps.size() && handle((int) index) == handle;
    return known ? (int) index : -1;
  }

  long key(int index) {
    Memory.Block key = memory.allocateGarbage(Region.MAP_KEY, 4, random);
    key.bytes.putInt(0, index);
    return key.base;
  }

  BpfMap map(long handle) {
    int index = index(handle);
    if (index < 0) {
      throw new WitnessFailure("%s: 0x%x is no map".formatted(memory.where(), handle));
    }
    return maps.get(index);
  }

  Memory.Block value(int map, int key) {
    return values
        .computeIfAbsent(map, m -> new HashMap<>())
        .computeIfAbsent(
            key,
            k -> {
              Memory.Block block =
                  memory.allocateGarbage(
                      Region.MAP_VALUE, maps.get(map).spec().valueSizeBytes(), random);
              block.map = map;
              block.key = key;
              return block;
            });
  }

  long lookup(long[] r) {
    BpfMap map = map(r[1]);
    memory.block(r[2], map.spec().keySizeBytes());
    int key = (int) memory.load(r[2], 4);
    boolean inRange = Integer.compareUnsigned(key, map.spec().maxEntries()) < 0;
    boolean array = map.spec().type() == MapType.ARRAY;
    boolean found = array ? inRange : random.nextInt(3) > 0;
    return found ? value(index(r[1]), array ? key : key & 15).base : 0;
  }

  long update(long[] r) {
    BpfMap map = map(r[1]);
    memory.block(r[2], map.spec().keySizeBytes());
    memory.block(r[3], map.spec().valueSizeBytes());
    return random.nextInt(4) == 0 ? -7 : 0;
  }

  long reserve(long[] r) {
    int ringBytes = map(r[1]).spec().maxEntries();
    return random.nextInt(4) == 0 || Long.compareUnsigned(r[2], ringBytes) > 0
        ? 0
        : memory.allocateGarbage(Region.RINGBUF_MEM, (int) r[2], random).base;
  }

  long release(long[] r) {
    Memory.Block block = memory.block(r[1], 0);
    if (block.region != Region.RINGBUF_MEM || block.base != r[1]) {
      throw new WitnessFailure(memory.where() + ": releases what was not reserved");
    }
    block.alive = false;
    return 0;
  }
}
