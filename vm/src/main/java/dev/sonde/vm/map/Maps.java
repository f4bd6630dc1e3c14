package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingLayout;
import dev.sonde.vm.context.CarrierSlots;

/** The table of map types: one case a type, and the reason where there is none. */
public final class Maps {
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
    return switch (type) {
      case HASH,
          LRU_HASH,
          ARRAY,
          PROG_ARRAY,
          PERF_EVENT_ARRAY,
          PERCPU_HASH,
          LRU_PERCPU_HASH,
          PERCPU_ARRAY,
          STACK_TRACE,
          CGROUP_ARRAY,
          LPM_TRIE,
          ARRAY_OF_MAPS,
          HASH_OF_MAPS,
          QUEUE,
          STACK,
          RINGBUF,
          TASK_STORAGE,
          BLOOM_FILTER,
          USER_RINGBUF,
          DEVMAP,
          DEVMAP_HASH,
          CPUMAP,
          XSKMAP,
          SOCKMAP,
          SOCKHASH,
          REUSEPORT_SOCKARRAY,
          SK_STORAGE,
          INODE_STORAGE,
          CGRP_STORAGE,
          CGROUP_STORAGE,
          PERCPU_CGROUP_STORAGE ->
          true;
      default -> false;
    };
  }

  /**
   * Creates a map (BPF_MAP_CREATE) and writes the initial values that are bytes; those that are
   * names (of programs, of inner maps) are the loader's.
   *
   * @throws BpfException with the kernel's errno when the spec is refused
   */
  public static BpfMap create(MapSpec spec) {
    if (!isSupported(spec.type())) {
      throw BpfException.of(Errno.EINVAL, RefusedTypes.why(spec));
    }
    MapSpecCheck.of(spec)
        .require(
            spec.mapExtra() == 0 || spec.type() == MapType.BLOOM_FILTER,
            Errno.EINVAL,
            "map_extra 0x%x, want 0: only a bloom filter has one",
            spec.mapExtra());
    check(spec);
    SpecialFieldCheck.of(spec);
    BpfMap map = createUnchecked(spec);
    InitialValues.write(map);
    MapTimers timers = map.timers();
    if (timers != null) {
      timers.begin();
    }
    return map;
  }

  /** Refuses what the kernel refuses: the first half of a type's row. */
  private static void check(MapSpec spec) {
    switch (spec.type()) {
      case HASH, LRU_HASH -> HtabMap.check(spec);
      case ARRAY -> ArrayMap.check(spec);
      case PROG_ARRAY -> ProgArrayMap.check(spec);
      case PERF_EVENT_ARRAY -> PerfEventArrayMap.check(spec);
      case PERCPU_HASH, LRU_PERCPU_HASH -> PercpuHtabMap.check(spec);
      case PERCPU_ARRAY -> PercpuArrayMap.check(spec);
      case STACK_TRACE -> StackMap.check(spec);
      case CGROUP_ARRAY -> CgroupArrayMap.check(spec);
      case LPM_TRIE -> LpmTrieMap.check(spec);
      case ARRAY_OF_MAPS -> ArrayOfMapsMap.check(spec);
      case HASH_OF_MAPS -> HashOfMapsMap.check(spec);
      case QUEUE, STACK -> QueueMap.check(spec);
      case RINGBUF -> RingbufMap.check(spec);
      case TASK_STORAGE -> TaskStorageMap.check(spec);
      case BLOOM_FILTER -> BloomFilterMap.check(spec);
      case USER_RINGBUF -> UserRingbufMap.check(spec);
      case DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP -> RedirectMap.check(spec);
      case SOCKMAP,
          SOCKHASH,
          REUSEPORT_SOCKARRAY,
          SK_STORAGE,
          INODE_STORAGE,
          CGRP_STORAGE,
          CGROUP_STORAGE,
          PERCPU_CGROUP_STORAGE ->
          KernelObjectMap.check(spec);
      default -> throw new IllegalStateException("no case of " + spec.type());
    }
  }

  /** Creates the map: the other half. Switches, as a table would load all types for one. */
  private static BpfMap createUnchecked(MapSpec spec) {
    return switch (spec.type()) {
      case HASH, LRU_HASH -> new HtabMap(spec);
      case ARRAY -> new ArrayMap(spec);
      case PROG_ARRAY -> new ProgArrayMap(spec);
      case PERF_EVENT_ARRAY -> new PerfEventArrayMap(spec);
      case PERCPU_HASH, LRU_PERCPU_HASH -> new PercpuHtabMap(spec);
      case PERCPU_ARRAY -> new PercpuArrayMap(spec);
      case STACK_TRACE -> new StackMap(spec);
      case CGROUP_ARRAY -> new CgroupArrayMap(spec);
      case LPM_TRIE -> new LpmTrieMap(spec);
      case ARRAY_OF_MAPS -> new ArrayOfMapsMap(spec);
      case HASH_OF_MAPS -> new HashOfMapsMap(spec);
      case QUEUE, STACK -> new QueueMap(spec);
      case RINGBUF -> new RingbufMap(spec);
      case TASK_STORAGE -> new TaskStorageMap(spec);
      case BLOOM_FILTER -> new BloomFilterMap(spec);
      case USER_RINGBUF -> new UserRingbufMap(spec);
      case DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP -> new RedirectMap(spec);
      case SOCKMAP,
          SOCKHASH,
          REUSEPORT_SOCKARRAY,
          SK_STORAGE,
          INODE_STORAGE,
          CGRP_STORAGE,
          CGROUP_STORAGE,
          PERCPU_CGROUP_STORAGE ->
          new KernelObjectMap(spec);
      default -> throw new IllegalStateException("no case of " + spec.type());
    };
  }
}
