package dev.sonde.vm;

import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The maps of an object: created, pinned, or kept from an earlier build. What there is nothing of
 * here is {@link #missing}, and costs only the programs that use it.
 */
final class OpenMaps {
  private final Map<String, BpfMap> kept;
  private final PinnedMaps pinned;
  private final Map<String, BpfMap> maps = new LinkedHashMap<>();
  private final Map<String, String> missing = new LinkedHashMap<>();
  private final List<BpfMap> owned = new ArrayList<>();

  OpenMaps(Map<String, BpfMap> kept, PinnedMaps pinned) {
    this.kept = kept;
    this.pinned = pinned;
  }

  /**
   * Opens all of {@code specs}.
   *
   * @throws BpfException if one of them is wrong; those that were opened are {@link #owned}
   */
  void open(List<MapSpec> specs) {
    for (MapSpec map : specs) {
      try {
        open(map);
      } catch (BpfException refused) {
        if (!(refused instanceof BpfException.Unsupported) && Maps.isSupported(map.type())) {
          throw refused;
        }
        missing.put(map.name(), String.valueOf(refused.getMessage()));
      }
    }
    specs.stream().filter(map -> maps.containsKey(map.name())).forEach(this::fill);
  }

  /** Returns the maps by name, in the order of the object. */
  Map<String, BpfMap> maps() {
    return maps;
  }

  /** Returns why a map is not here, by its name. */
  Map<String, String> missing() {
    return missing;
  }

  /** Returns the maps that nobody else holds. */
  List<BpfMap> owned() {
    return owned;
  }

  private void open(MapSpec spec) {
    MapSpec map = sized(spec);
    BpfMap live = shared(map);
    if (live == null) {
      live = Maps.create(map);
      owned.add(live);
    }
    maps.put(map.name(), live);
  }

  /** Returns the map that {@code map} means if it is there already, else null. */
  private @Nullable BpfMap shared(MapSpec map) {
    if (map.pinnedByName()) {
      return pinned.open(map);
    }
    BpfMap known = BpfCollection.isConstant(map) ? null : kept.get(map.name());
    if (known != null) {
      PinnedMaps.requireSame(known.spec(), map);
    }
    return known;
  }

  /** As libbpf sizes them: a slot for each CPU, a ring of a size that rings can have. */
  private static MapSpec sized(MapSpec map) {
    return switch (map.type()) {
      case PERF_EVENT_ARRAY ->
          map.maxEntries() == 0 ? map.withMaxEntries(CarrierSlots.capacity()) : map;
      case RINGBUF, USER_RINGBUF -> map.maxEntries() == 0 ? map : Maps.adapted(map);
      default -> map;
    };
  }

  /** Puts the inner maps into a map of maps; without one of them it is missing as well. */
  private void fill(MapSpec map) {
    boolean holdsMaps = map.type() == MapType.ARRAY_OF_MAPS || map.type() == MapType.HASH_OF_MAPS;
    if (!holdsMaps || kept.containsKey(map.name())) {
      return;
    }
    for (Object inner : map.initialValues().values()) {
      String why = missing.get(inner.toString());
      if (why != null) {
        missing.put(map.name(), "map \"%s\": holds %s".formatted(map.name(), why));
        maps.remove(map.name());
        return;
      }
    }
    BpfMap outer = maps.get(map.name());
    map.initialValues().forEach((slot, inner) -> put(outer, slot, inner));
  }

  private void put(BpfMap outer, int slot, Object innerName) {
    BpfMap inner = maps.get(innerName.toString());
    if (inner == null) {
      throw BpfException.of(
          Errno.ENOENT,
          "map \"%s\": slot %d: no map \"%s\"".formatted(outer.spec().name(), slot, innerName));
    }
    outer.update(littleEndian(slot), littleEndian(inner.id()), MapFlags.ANY);
  }

  private static byte[] littleEndian(int value) {
    return new byte[] {
      (byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)
    };
  }
}
