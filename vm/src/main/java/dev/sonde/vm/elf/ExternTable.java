package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.BtfType.SecVar;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The undefined symbols of an object: kfuncs, and the {@code .kconfig} values, which libbpf gives
 * places in a read-only map of that name.
 */
final class ExternTable {
  static final String KCONFIG = ".kconfig";
  private static final int MAX_KCONFIG_BYTES = 1 << 20;

  /** A .kconfig value's place in the map. */
  record Variable(String name, int typeId, int offsetBytes, int sizeBytes) {}

  private final Map<String, Variable> variables = new HashMap<>();
  private final List<ExternSpec> specs = new ArrayList<>();
  private int sizeBytes;
  private int dataSecId;

  private ExternTable() {}

  static ExternTable of(ElfFile elf, @Nullable Btf btf) {
    ExternTable table = new ExternTable();
    Map<String, ElfSymbol> undefined = new HashMap<>();
    elf.symbols().stream()
        .filter(s -> s.isExtern() && !s.name().isEmpty())
        .forEach(s -> undefined.put(s.name(), s));
    if (btf != null) {
      table.readKconfig(elf, btf, undefined);
    }
    for (ElfSymbol symbol : undefined.values()) {
      table.specs.add(table.spec(symbol, btf));
    }
    table.specs.sort((a, b) -> a.name().compareTo(b.name()));
    return table;
  }

  List<ExternSpec> specs() {
    return List.copyOf(specs);
  }

  /** Returns the place of the .kconfig value {@code name}, or null when it is none. */
  @Nullable Variable variable(String name) {
    return variables.get(name);
  }

  /** Tells whether {@code name} stands for itself until the program is loaded. */
  boolean isNamed(String name) {
    return specs.stream().anyMatch(s -> s.name().equals(name) && s.kind().isNamed());
  }

  /** Returns the map of the .kconfig values, all 0 until it is loaded; null without any. */
  @Nullable MapSpec kconfigMap() {
    return sizeBytes == 0
        ? null
        : new MapSpec(
            KCONFIG,
            MapType.ARRAY,
            Integer.BYTES,
            sizeBytes,
            1,
            MapFlags.MMAPABLE | MapFlags.RDONLY_PROG,
            null,
            false,
            Map.of(),
            0,
            dataSecId);
  }

  /** Returns {@code btf} with the places of the .kconfig values in its data section type. */
  Btf withPlaces(Btf btf) {
    if (sizeBytes == 0) {
      return btf;
    }
    List<BtfType> types = new ArrayList<>(btf.types());
    BtfType.DataSec section = (BtfType.DataSec) btf.type(dataSecId);
    List<SecVar> placed = new ArrayList<>();
    for (SecVar entry : section.vars()) {
      Variable variable = variables.get(btf.type(entry.var()).name());
      placed.add(
          variable == null
              ? entry
              : new SecVar(entry.var(), variable.offsetBytes(), variable.sizeBytes()));
    }
    types.set(dataSecId, new BtfType.DataSec(KCONFIG, sizeBytes, List.copyOf(placed)));
    return new Btf(types);
  }

  private void readKconfig(ElfFile elf, Btf btf, Map<String, ElfSymbol> undefined) {
    dataSecId = btf.find(KCONFIG, BtfType.DataSec.class).orElse(0);
    if (!(btf.type(dataSecId) instanceof BtfType.DataSec section)) {
      return;
    }
    for (SecVar entry : section.vars()) {
      if (btf.type(entry.var()) instanceof BtfType.Var variable
          && undefined.containsKey(variable.name())) {
        int size = btf.sizeBytes(variable.type());
        int align = Math.max(1, Math.min(8, Integer.highestOneBit(Math.max(1, size))));
        int offset = sizeBytes + align - 1 & -align;
        if (size > MAX_KCONFIG_BYTES - offset) {
          throw new ObjectFormatException(
              elf.where() + ": .kconfig",
              "size of \"" + variable.name() + "\"",
              size + " B",
              "at most 1 MiB in all");
        }
        variables.put(
            variable.name(), new Variable(variable.name(), variable.type(), offset, size));
        sizeBytes = offset + size;
      }
    }
  }

  private ExternSpec spec(ElfSymbol symbol, @Nullable Btf btf) {
    Variable variable = variables.get(symbol.name());
    if (variable != null) {
      return new ExternSpec(
          symbol.name(), ExternSpec.Kind.KCONFIG, variable.typeId(), symbol.isWeak());
    }
    int func = btf == null ? 0 : btf.find(symbol.name(), BtfType.Func.class).orElse(0);
    int global = btf == null ? 0 : btf.find(symbol.name(), BtfType.Var.class).orElse(0);
    boolean isKsym = btf != null && func == 0 && global != 0;
    if (!isKsym) {
      return new ExternSpec(symbol.name(), ExternSpec.Kind.KFUNC, func, symbol.isWeak());
    }
    boolean typed =
        !(btf.type(global) instanceof BtfType.Var declared)
            || !(btf.resolved(declared.type()) instanceof BtfType.Void);
    ExternSpec.Kind kind = typed ? ExternSpec.Kind.KSYM : ExternSpec.Kind.ADDRESS;
    return new ExternSpec(symbol.name(), kind, global, symbol.isWeak());
  }
}
