package dev.sonde.agent.session;

import dev.sonde.agent.config.NearestName;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.map.BpfMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The maps of a session by name. Where several objects have a map of one name, as all have a {@code
 * .bss}, each is called after its object: {@code h2.bss}, {@code h2.counts}.
 */
final class SessionMaps {
  /** A map with the types of the object that it came with. */
  record Owned(BpfMap map, @Nullable Btf btf) {}

  private final Map<String, Owned> byName = new LinkedHashMap<>();
  private final Map<String, Owned> byFullName = new LinkedHashMap<>();
  private final Map<String, Set<String>> fullNames = new LinkedHashMap<>();
  private final String where;

  private SessionMaps(String where) {
    this.where = where;
  }

  static SessionMaps of(String session, List<LoadedObject> objects) {
    SessionMaps maps = new SessionMaps("session \"%s\"".formatted(session));
    objects.forEach(object -> object.builds().forEach(maps::add));
    return maps;
  }

  void add(BpfCollection object) {
    object
        .maps()
        .forEach(
            (name, map) -> {
              Owned owned = new Owned(map, object.spec().btf());
              String full = object.spec().name() + (name.startsWith(".") ? name : "." + name);
              byFullName.putIfAbsent(full, owned);
              Owned first = byName.putIfAbsent(name, owned);
              if (first == null || first.map != map) { // pinned by name it is one map
                fullNames.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(full);
              }
            });
  }

  /**
   * Returns the map that is called {@code name}.
   *
   * @throws SessionException if there is none, or if several objects have one
   */
  Owned find(String name) throws SessionException {
    Owned full = byFullName.get(name);
    if (full != null) {
      return full;
    }
    Set<String> all = fullNames.getOrDefault(name, Set.of());
    if (all.size() > 1) {
      throw new SessionException(
          "%s: map \"%s\": %d objects have one, want one of %s"
              .formatted(where, name, all.size(), String.join(", ", all)));
    }
    Owned owned = byName.get(name);
    if (owned == null) {
      throw new SessionException(
          "%s: map \"%s\": no object has it, want %s"
              .formatted(
                  where,
                  name,
                  NearestName.of(name, byName.keySet())
                      .orElse("one of " + String.join(", ", byName.keySet()))));
    }
    return owned;
  }
}
