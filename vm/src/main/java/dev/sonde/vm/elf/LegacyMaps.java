package dev.sonde.vm.elf;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Map definitions from before BTF: each variable of section {@code maps} is a record.
 *
 * <pre>
 * struct bpf_map_def  u32 type, key_size, value_size, max_entries, map_flags       (20 B, libbpf)
 * struct bpf_elf_map  the same, then u32 id, pinning, inner_id, inner_idx          (36 B, iproute2)
 * </pre>
 *
 * A bpf_elf_map with an {@code inner_id} is a map-in-map: {@code inner_id} is the {@code id} of the
 * map that gives the shape, and a map with an {@code inner_idx} other than -1 is put into that slot
 * of the map whose {@code inner_id} is its {@code id}.
 */
final class LegacyMaps {
  private static final int MAP_DEF_BYTES = 20;
  private static final int ELF_MAP_BYTES = 36;

  private LegacyMaps() {}

  private record Definition(ElfSymbol symbol, ObjectBytes bytes) {
    boolean isElfMap() {
      return bytes.size() >= ELF_MAP_BYTES;
    }

    int id() {
      return isElfMap() ? bytes.i32(20) : 0;
    }

    boolean pinned() {
      return isElfMap() && bytes.i32(24) != 0;
    }

    int innerId() {
      return isElfMap() ? bytes.i32(28) : 0;
    }

    int innerIndex() {
      return isElfMap() ? bytes.i32(32) : -1;
    }
  }

  static void read(ElfFile elf, ObjectMaps maps) {
    ElfSection section = elf.section("maps").orElse(null);
    if (section == null || section.type() != ElfSection.PROGBITS) {
      return;
    }
    List<ElfSymbol> symbols =
        elf.symbols().stream()
            .filter(s -> s.section() == section.index() && s.type() == ElfSymbol.OBJECT)
            .toList();
    List<Definition> all = symbols.stream().map(s -> definition(section, s)).toList();
    for (Definition definition : all) {
      maps.addDefined(section, definition.symbol.value(), spec(definition, all));
    }
  }

  private static Definition definition(ElfSection section, ElfSymbol symbol) {
    ObjectBytes bytes =
        section
            .bytes()
            .slice(symbol.value(), symbol.sizeBytes(), "map \"%s\"".formatted(symbol.name()));
    if (bytes.size() < MAP_DEF_BYTES) {
      throw new ObjectFormatException(
          bytes.where(), "size", bytes.size() + " B", "20 B (bpf_map_def) or 36 B (bpf_elf_map)");
    }
    return new Definition(symbol, bytes);
  }

  private static MapSpec spec(Definition map, List<Definition> all) {
    MapSpec plain = plain(map);
    boolean holdsMaps =
        plain.type() == MapType.ARRAY_OF_MAPS || plain.type() == MapType.HASH_OF_MAPS;
    if (!holdsMaps || map.innerId() == 0) {
      return plain;
    }
    Definition shape =
        all.stream()
            .filter(d -> d.id() == map.innerId())
            .findFirst()
            .orElseThrow(
                () ->
                    new ObjectFormatException(
                        map.bytes.where(), "inner_id", map.innerId(), "the id of a map"));
    Map<Integer, Object> slots = new HashMap<>();
    for (Definition d : all) {
      if (d.id() == map.innerId() && d.innerIndex() >= 0) {
        slots.put(d.innerIndex(), d.symbol.name());
      }
    }
    return new MapSpec(
        plain.name(),
        plain.type(),
        plain.keySizeBytes(),
        plain.valueSizeBytes(),
        plain.maxEntries(),
        plain.flags(),
        plain(shape),
        plain.pinnedByName(),
        slots,
        0,
        0);
  }

  private static MapSpec plain(Definition map) {
    MapType type = MapType.of(map.bytes.i32(0));
    if (type == null) {
      throw new ObjectFormatException(
          map.bytes.where(), "type", map.bytes.i32(0), "a type of linux/bpf.h");
    }
    return new MapSpec(
        map.symbol.name(),
        type,
        map.bytes.i32(4),
        map.bytes.i32(8),
        map.bytes.i32(12),
        map.bytes.i32(16),
        null,
        map.pinned(),
        Map.of(),
        0,
        0);
  }
}
