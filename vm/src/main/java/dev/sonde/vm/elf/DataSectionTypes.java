package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.BtfType.SecVar;
import dev.sonde.vm.btf.BtfType.Var;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Completes the BTF_KIND_DATASEC types: clang leaves the size of the section and the offsets of
 * global variables 0, because only the linker's symbols know them.
 */
final class DataSectionTypes {
  private DataSectionTypes() {}

  static Btf complete(Btf btf, ElfFile elf) {
    Map<String, ElfSymbol> globals = new HashMap<>();
    for (ElfSymbol symbol : elf.symbols()) {
      if (!symbol.isLocal() && !symbol.isExtern()) {
        globals.put(symbol.name(), symbol);
      }
    }
    List<BtfType> types = new ArrayList<>(btf.types());
    for (int id = 0; id < types.size(); id++) {
      if (types.get(id) instanceof BtfType.DataSec dataSec) {
        types.set(id, complete(btf, elf, dataSec, globals));
      }
    }
    return new Btf(types);
  }

  private static BtfType complete(
      Btf btf, ElfFile elf, BtfType.DataSec dataSec, Map<String, ElfSymbol> globals) {
    ElfSection section = elf.section(dataSec.name()).orElse(null);
    if (section == null) {
      return dataSec; // .kconfig and .ksyms are no sections of the file
    }
    List<SecVar> vars = new ArrayList<>();
    for (SecVar variable : dataSec.vars()) {
      ElfSymbol symbol = globals.get(btf.type(variable.var()).name());
      boolean moved =
          symbol != null
              && symbol.section() == section.index()
              && btf.type(variable.var()) instanceof Var;
      int offset = moved ? (int) symbol.value() : variable.offsetBytes();
      vars.add(new SecVar(variable.var(), offset, variable.sizeBytes()));
    }
    return new BtfType.DataSec(dataSec.name(), (int) section.sizeBytes(), List.copyOf(vars));
  }
}
