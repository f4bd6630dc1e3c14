package dev.sonde.vm;

import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.Maps;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The maps of a session that are pinned by name: collections that pin a map by the same name share
 * it, as with libbpf's LIBBPF_PIN_BY_NAME. Closing frees them: close it after the collections.
 */
public final class PinnedMaps implements AutoCloseable {
  private final Map<String, BpfMap> byName = new LinkedHashMap<>();

  /**
   * Returns the pinned map of {@code spec}'s name; creates it when there is none yet.
   *
   * @throws BpfException EINVAL if the one that is there is of another type, size or flags
   */
  public synchronized BpfMap open(MapSpec spec) {
    BpfMap known = byName.get(spec.name());
    if (known == null) {
      BpfMap created = Maps.create(spec);
      byName.put(spec.name(), created);
      return created;
    }
    requireSame(known.spec(), spec);
    return known;
  }

  /**
   * Pins a map (BPF_OBJ_PIN): from now on it is this session's, which closes it.
   *
   * @throws BpfException EEXIST if the name is taken
   */
  public synchronized void pin(String name, BpfMap map) {
    if (byName.putIfAbsent(name, map) != null) {
      throw BpfException.of(Errno.EEXIST, "pin \"%s\"".formatted(name));
    }
  }

  /**
   * Returns the map that is pinned as {@code name} (BPF_OBJ_GET).
   *
   * @throws BpfException ENOENT if there is none
   */
  public synchronized BpfMap get(String name) {
    BpfMap map = byName.get(name);
    if (map == null) {
      throw BpfException.of(
          Errno.ENOENT, "pin \"%s\": want one of %s".formatted(name, byName.keySet()));
    }
    return map;
  }

  synchronized boolean holds(BpfMap map) {
    return byName.containsValue(map);
  }

  /** Returns the pinned maps by name, in the order of their creation. */
  public synchronized Map<String, BpfMap> maps() {
    return Map.copyOf(byName);
  }

  @Override
  public synchronized void close() {
    byName.values().forEach(BpfMap::close);
    byName.clear();
  }

  /** A program that is bound to a map must find it as it was verified with. */
  static void requireSame(MapSpec there, MapSpec wanted) {
    if (!shape(there).equals(shape(wanted))) {
      throw BpfException.of(
          Errno.EINVAL,
          "map \"%s\": is there as %s, want %s"
              .formatted(wanted.name(), shape(there), shape(wanted)));
    }
  }

  private static String shape(MapSpec spec) {
    return "%s, key %d B, value %d B, %d entries, flags 0x%x, extra 0x%x, %d fields for helpers"
        .formatted(
            spec.type(),
            spec.keySizeBytes(),
            spec.valueSizeBytes(),
            spec.maxEntries(),
            spec.flags(),
            spec.mapExtra(),
            spec.specialFields().size());
  }
}
