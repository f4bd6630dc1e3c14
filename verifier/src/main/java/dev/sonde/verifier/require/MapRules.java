package dev.sonde.verifier.require;

import dev.sonde.vm.helper.HelperFamily;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ProgramType;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Which helper takes which map ({@code check_map_func_compatibility}, Linux 6.18). Both sides are
 * restricted: some helpers to some types, some types to some helpers.
 */
final class MapRules {
  private static final Set<MapType> VALUES =
      EnumSet.of(
          MapType.HASH,
          MapType.ARRAY,
          MapType.PERCPU_HASH,
          MapType.PERCPU_ARRAY,
          MapType.LRU_HASH,
          MapType.LRU_PERCPU_HASH,
          MapType.LPM_TRIE);
  private static final Set<MapType> LOOKED_UP =
      with(
          VALUES,
          MapType.ARRAY_OF_MAPS,
          MapType.HASH_OF_MAPS,
          MapType.DEVMAP,
          MapType.DEVMAP_HASH,
          MapType.XSKMAP,
          MapType.SOCKMAP,
          MapType.SOCKHASH);
  private static final Set<MapType> QUEUES = EnumSet.of(MapType.QUEUE, MapType.STACK);
  private static final Set<MapType> QUEUES_OR_FILTER = with(QUEUES, MapType.BLOOM_FILTER);
  private static final Set<MapType> PERF = EnumSet.of(MapType.PERF_EVENT_ARRAY);
  private static final Set<MapType> RINGS = EnumSet.of(MapType.RINGBUF);

  /** By helper id: the types that it takes; the oracle's table, reduced to types that exist. */
  private static final Map<Integer, Set<MapType>> ALLOWED =
      Map.ofEntries(
          Map.entry(1, LOOKED_UP),
          Map.entry(
              51, EnumSet.of(MapType.DEVMAP, MapType.DEVMAP_HASH, MapType.CPUMAP, MapType.XSKMAP)),
          Map.entry(2, VALUES),
          Map.entry(3, VALUES),
          Map.entry(Helpers.TAIL_CALL, EnumSet.of(MapType.PROG_ARRAY)),
          Map.entry(22, PERF),
          Map.entry(25, PERF),
          Map.entry(55, PERF),
          Map.entry(27, EnumSet.of(MapType.STACK_TRACE)),
          Map.entry(33, EnumSet.of(MapType.CGROUP_ARRAY)),
          Map.entry(37, EnumSet.of(MapType.CGROUP_ARRAY)),
          Map.entry(87, QUEUES_OR_FILTER),
          Map.entry(88, QUEUES),
          Map.entry(89, QUEUES_OR_FILTER),
          Map.entry(130, RINGS),
          Map.entry(131, RINGS),
          Map.entry(134, RINGS),
          Map.entry(198, RINGS),
          Map.entry(
              Helpers.FOR_EACH_MAP_ELEM,
              EnumSet.of(
                  MapType.HASH,
                  MapType.ARRAY,
                  MapType.PERCPU_HASH,
                  MapType.PERCPU_ARRAY,
                  MapType.LRU_HASH,
                  MapType.LRU_PERCPU_HASH)),
          Map.entry(
              195, EnumSet.of(MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH)),
          Map.entry(107, EnumSet.of(MapType.SK_STORAGE)),
          Map.entry(108, EnumSet.of(MapType.SK_STORAGE)),
          Map.entry(156, EnumSet.of(MapType.TASK_STORAGE)),
          Map.entry(157, EnumSet.of(MapType.TASK_STORAGE)),
          Map.entry(169, EnumSet.of(MapType.HASH, MapType.ARRAY, MapType.LRU_HASH)),
          Map.entry(209, EnumSet.of(MapType.USER_RINGBUF)));

  private MapRules() {}

  private static Set<MapType> with(Set<MapType> some, MapType first, MapType... rest) {
    EnumSet<MapType> all = EnumSet.of(first, rest);
    all.addAll(some);
    return all;
  }

  /** Helpers that change the map's elements: refused where the program may only read them. */
  private static final Set<Integer> WRITES = Set.of(2, 3, 87, 88);

  /** Which sockets a map holds is changed by these helpers, and by programs on packets only. */
  private static final Set<Integer> OF_SOCKETS = Set.of(2, 3);

  static void check(HelperProto helper, MapSpec spec, ProgramType program) {
    MapType type = spec.type();
    if (spec.programsOnlyRead() && WRITES.contains(helper.id())) {
      throw Step.denied("write into map forbidden");
    }
    if (OF_SOCKETS.contains(helper.id())
        && NullChecks.holdsSockets(spec)
        && !program.families().contains(HelperFamily.TRACING)) {
      return;
    }
    Set<MapType> allowed = ALLOWED.get(helper.id());
    if (helper.id() == Helpers.TAIL_CALL && type != MapType.PROG_ARRAY) {
      throw Step.invalid("expected prog array map for tail call");
    }
    if (helper.id() == Helpers.FOR_EACH_MAP_ELEM && allowed != null && !allowed.contains(type)) {
      throw Step.invalid("callback function not allowed for map");
    }
    if (allowed == null || !allowed.contains(type)) {
      throw Step.invalid(
          "cannot pass map_type %d into func %s#%d"
              .formatted(type.code(), helper.name(), helper.id()));
    }
  }
}
