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
 * A section {@code maps/NAME} has one such record with what its loader added to it (gobpf: pinning
 * and a name space), of which only the first five numbers are read. Compilers before LLVM 7 give
 * the variables neither type nor size: they share the section evenly.
 *
 * <p>A bpf_elf_map with an {@code inner_id} is a map-in-map: {@code inner_id} is the {@code id} of
 * the map that gives the shape, and a map with an {@code inner_idx} other than -1 is put into that
 * slot of the map whose {@code inner_id} is its {@code id}.
 */
final class LegacyMaps {
  private static final String MAPS = "maps";
  private static final String ONE_MAP = "maps/";
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
    for (ElfSection section : elf.sections()) {
      boolean one = section.name().startsWith(ONE_MAP);
      if ((one || section.name().equals(MAPS)) && section.type() == ElfSection.PROGBITS) {
        read(elf, section, one, maps);
      }
    }
  }

  private static void read(ElfFile elf, ElfSection section, boolean one, ObjectMaps maps) {
    List<ElfSymbol> symbols =
        elf.symbols().stream()
            .filter(s -> s.section() == section.index() && s.isVariable())
            .toList();
    long share = symbols.isEmpty() ? 0 : section.sizeBytes() / symbols.size();
    List<Definition> all =
        symbols.stream()
            .map(s -> definition(section, s, s.sizeBytes() == 0 ? share : s.sizeBytes(), one))
            .toList();
    for (Definition definition : all) {
      maps.addDefined(section, definition.symbol.value(), spec(definition, all));
    }
  }

  private static Definition definition(
      ElfSection section, ElfSymbol symbol, long sizeBytes, boolean one) {
    ObjectBytes bytes =
        section.bytes().slice(symbol.value(), sizeBytes, "map \"%s\"".formatted(symbol.name()));
    if (bytes.size() < MAP_DEF_BYTES) {
      throw new ObjectFormatException(
          bytes.where(), "size", bytes.size() + " B", "20 B (bpf_map_def) or 36 B (bpf_elf_map)");
    }
    return new Definition(symbol, one ? bytes.slice(0, MAP_DEF_BYTES, bytes.where()) : bytes);
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
