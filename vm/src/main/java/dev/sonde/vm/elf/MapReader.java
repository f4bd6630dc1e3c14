package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.BtfType.SecVar;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.SpecialField;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the maps of an object: BTF-defined ones (.maps) and data sections. */
final class MapReader {
  private static final String DEFINITIONS = ".maps";

  private final ElfFile elf;
  private final @Nullable Btf btf;
  private final ObjectMaps maps = new ObjectMaps();

  private MapReader(ElfFile elf, @Nullable Btf btf) {
    this.elf = elf;
    this.btf = btf;
  }

  static ObjectMaps read(ElfFile elf, @Nullable Btf btf) {
    MapReader reader = new MapReader(elf, btf);
    LegacyMaps.read(elf, reader.maps);
    elf.section(DEFINITIONS).ifPresent(reader::readDefinitions);
    for (ElfSection section : elf.sections()) {
      if (section.isData() && section.sizeBytes() > 0) {
        reader.maps.addData(section, reader.dataMap(section));
      }
    }
    return reader.maps;
  }

  private void readDefinitions(ElfSection section) {
    String where = section.bytes().where();
    if (btf == null) {
      throw new ObjectFormatException(where, "types", "no .BTF section", "one: compile with -g");
    }
    int id =
        btf.find(DEFINITIONS, BtfType.DataSec.class)
            .orElseThrow(() -> new ObjectFormatException(where, "types", "none", "a DATASEC"));
    BtfType.DataSec definitions = (BtfType.DataSec) btf.type(id);
    for (SecVar entry : definitions.vars()) {
      if (!(btf.type(entry.var()) instanceof BtfType.Var variable)) {
        throw new ObjectFormatException(where, "map", btf.type(entry.var()).name(), "a variable");
      }
      MapDefinition map = MapDefinition.read(btf, where, variable.name(), variable.type());
      MapSpec spec = map.spec(initialValues(section, entry, map, variable.name()));
      maps.addDefined(section, entry.offsetBytes(), spec);
    }
  }

  /** Returns slot to name of the maps or programs that {@code .values} lists. */
  private Map<Integer, Object> initialValues(
      ElfSection section, SecVar entry, MapDefinition map, String name) {
    Map<Integer, Object> values = new HashMap<>();
    if (map.valuesOffsetBytes() < 0) {
      return values;
    }
    long first = Integer.toUnsignedLong(entry.offsetBytes()) + map.valuesOffsetBytes();
    long end = Math.max(first, Integer.toUnsignedLong(entry.offsetBytes()) + sizeOf(entry, name));
    for (ElfRelocation relocation : elf.relocations(section)) {
      if (relocation.offset() >= first && relocation.offset() < end) {
        int slot = (int) ((relocation.offset() - first) / Long.BYTES);
        values.put(slot, relocation.symbol().name());
      }
    }
    return values;
  }

  /** Returns the variable's size: its symbol's, for BTF does not count the flexible array. */
  private long sizeOf(SecVar entry, String name) {
    return elf.symbols().stream()
        .filter(s -> s.type() == ElfSymbol.OBJECT && s.name().equals(name))
        .mapToLong(ElfSymbol::sizeBytes)
        .findFirst()
        .orElse(entry.sizeBytes());
  }

  private MapSpec dataMap(ElfSection section) {
    boolean readOnly = section.isReadOnlyData();
    Map<Integer, Object> content =
        section.type() == ElfSection.NOBITS ? Map.of() : Map.of(0, section.bytes().copy());
    int typeId = btf == null ? 0 : btf.find(section.name(), BtfType.DataSec.class).orElse(0);
    return new MapSpec(
        section.name(),
        MapType.ARRAY,
        Integer.BYTES,
        (int) section.sizeBytes(),
        1,
        MapFlags.MMAPABLE | (readOnly ? MapFlags.RDONLY_PROG : 0),
        null,
        false,
        content,
        0,
        typeId,
        0,
        SpecialField.of(btf, typeId, section.bytes().where()));
  }
}
