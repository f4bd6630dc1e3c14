package dev.sonde.vm.elf;

import dev.sonde.vm.map.MapSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The maps of an object, and which of them a symbol's place belongs to. */
final class ObjectMaps {
  private final List<MapSpec> specs = new ArrayList<>();
  private final Map<Integer, String> dataMaps = new HashMap<>();
  private final Map<Long, String> definedMaps = new HashMap<>();

  List<MapSpec> specs() {
    return List.copyOf(specs);
  }

  /** Adds the map that holds all of data section {@code section}. */
  void addData(ElfSection section, MapSpec spec) {
    specs.add(spec);
    dataMaps.put(section.index(), spec.name());
  }

  /** Adds the map that is defined at {@code offset} of section {@code section}. */
  void addDefined(ElfSection section, long offset, MapSpec spec) {
    specs.add(spec);
    definedMaps.put(place(section.index(), offset), spec.name());
  }

  /** Adds a map that no section of the file stands for. */
  void add(MapSpec spec) {
    specs.add(spec);
  }

  /** Returns the map whose value is section {@code section}, or null. */
  @Nullable String ofData(int section) {
    return dataMaps.get(section);
  }

  /** Returns the map that is defined at {@code offset} of section {@code section}, or null. */
  @Nullable String ofDefinition(int section, long offset) {
    return definedMaps.get(place(section, offset));
  }

  @Nullable MapSpec named(String name) {
    return specs.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
  }

  private static long place(int section, long offset) {
    return (long) section << 32 | offset & 0xffffffffL;
  }
}
