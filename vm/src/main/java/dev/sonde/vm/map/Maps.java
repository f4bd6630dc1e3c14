package dev.sonde.vm.map;

import static java.util.Map.entry;

import dev.sonde.ringbuf.RingLayout;
import dev.sonde.vm.context.CarrierSlots;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** The table of map types: one row a type, and the reason where there is no row. */
public final class Maps {
  private record Row(Consumer<MapSpec> check, Function<MapSpec, BpfMap> create) {}

  private static final Map<MapType, Row> ROWS =
      Map.ofEntries(
          entry(MapType.HASH, new Row(HtabMap::check, HtabMap::new)),
          entry(MapType.ARRAY, new Row(ArrayMap::check, ArrayMap::new)),
          entry(MapType.PROG_ARRAY, new Row(ProgArrayMap::check, ProgArrayMap::new)),
          entry(
              MapType.PERF_EVENT_ARRAY, new Row(PerfEventArrayMap::check, PerfEventArrayMap::new)),
          entry(MapType.PERCPU_HASH, new Row(PercpuHtabMap::check, PercpuHtabMap::new)),
          entry(MapType.PERCPU_ARRAY, new Row(PercpuArrayMap::check, PercpuArrayMap::new)),
          entry(MapType.STACK_TRACE, new Row(StackMap::check, StackMap::new)),
          entry(MapType.CGROUP_ARRAY, new Row(CgroupArrayMap::check, CgroupArrayMap::new)),
          entry(MapType.LRU_HASH, new Row(HtabMap::check, HtabMap::new)),
          entry(MapType.LRU_PERCPU_HASH, new Row(PercpuHtabMap::check, PercpuHtabMap::new)),
          entry(MapType.LPM_TRIE, new Row(LpmTrieMap::check, LpmTrieMap::new)),
          entry(MapType.ARRAY_OF_MAPS, new Row(ArrayOfMapsMap::check, ArrayOfMapsMap::new)),
          entry(MapType.HASH_OF_MAPS, new Row(HashOfMapsMap::check, HashOfMapsMap::new)),
          entry(MapType.QUEUE, new Row(QueueMap::check, QueueMap::new)),
          entry(MapType.STACK, new Row(QueueMap::check, QueueMap::new)),
          entry(MapType.RINGBUF, new Row(RingbufMap::check, RingbufMap::new)),
          entry(MapType.TASK_STORAGE, new Row(TaskStorageMap::check, TaskStorageMap::new)),
          entry(MapType.BLOOM_FILTER, new Row(BloomFilterMap::check, BloomFilterMap::new)),
          entry(MapType.USER_RINGBUF, new Row(UserRingbufMap::check, UserRingbufMap::new)));

  private Maps() {}

  /**
   * Returns the spec as a loader of objects adapts it, which the kernel itself would refuse: a ring
   * gets the next size that rings can have, a perf event array a slot for every CPU.
   */
  public static MapSpec adapted(MapSpec spec) {
    int entries = spec.maxEntries();
    return switch (spec.type()) {
      case RINGBUF, USER_RINGBUF -> spec.withMaxEntries(ringSize(entries));
      case PERF_EVENT_ARRAY -> spec.withMaxEntries(Math.max(entries, CarrierSlots.capacity()));
      default -> spec;
    };
  }

  private static int ringSize(int entries) {
    if (entries < 0 || entries > 1 << 30) {
      return entries; // too large for any ring: create says so
    }
    int atLeast = Math.max(entries, RingLayout.PAGE_BYTES);
    return Integer.highestOneBit(atLeast - 1) << 1;
  }

  /** Tells whether maps of this type can be created. */
  public static boolean isSupported(MapType type) {
    return ROWS.containsKey(type);
  }

  /**
   * Creates a map (BPF_MAP_CREATE) and writes the initial values that are bytes; those that are
   * names (of programs, of inner maps) are the loader's.
   *
   * @throws BpfException with the kernel's errno when the spec is refused
   */
  public static BpfMap create(MapSpec spec) {
    Row row = ROWS.get(spec.type());
    if (row == null) {
      throw BpfException.of(Errno.EINVAL, RefusedTypes.why(spec));
    }
    MapSpecCheck.of(spec)
        .require(
            spec.mapExtra() == 0 || spec.type() == MapType.BLOOM_FILTER,
            Errno.EINVAL,
            "map_extra 0x%x, want 0: only a bloom filter has one",
            spec.mapExtra());
    row.check.accept(spec);
    SpecialFieldCheck.of(spec);
    BpfMap map = row.create.apply(spec);
    InitialValues.write(map);
    MapTimers timers = map.timers();
    if (timers != null) {
      timers.begin();
    }
    return map;
  }
}
