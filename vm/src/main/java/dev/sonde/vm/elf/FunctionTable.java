package dev.sonde.vm.elf;

import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.isa.Insn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The functions of an object's code sections, by section and first insn. */
final class FunctionTable {
  private final Map<Integer, TreeMap<Integer, FunctionSymbol>> bySection = new HashMap<>();

  private FunctionTable() {}

  static FunctionTable of(ElfFile elf) {
    FunctionTable table = new FunctionTable();
    for (ElfSection section : elf.sections()) {
      if (section.isCode()) {
        table.addSection(elf, section);
      }
    }
    return table;
  }

  /** Returns the functions of {@code section}, ascending; empty when it holds no code. */
  List<FunctionSymbol> in(ElfSection section) {
    TreeMap<Integer, FunctionSymbol> functions = bySection.get(section.index());
    return functions == null ? List.of() : List.copyOf(functions.values());
  }

  /** Returns the function that begins at slot {@code insn} of section {@code section}, or null. */
  @Nullable FunctionSymbol at(int section, long insn) {
    TreeMap<Integer, FunctionSymbol> functions = bySection.get(section);
    return functions == null || (int) insn != insn ? null : functions.get((int) insn);
  }

  private void addSection(ElfFile elf, ElfSection section) {
    if (section.sizeBytes() % Insn.SIZE_BYTES != 0) {
      throw new ObjectFormatException(
          section.bytes().where(), "size", section.sizeBytes() + " B", "a multiple of 8 B");
    }
    int insns = (int) (section.sizeBytes() / Insn.SIZE_BYTES);
    TreeMap<Integer, ElfSymbol> symbols = new TreeMap<>();
    for (ElfSymbol symbol : functionSymbols(elf, section)) {
      symbols.merge(firstInsn(section, symbol, insns), symbol, FunctionTable::moreVisible);
    }
    TreeMap<Integer, FunctionSymbol> functions = new TreeMap<>();
    bySection.put(section.index(), functions);
    symbols.forEach(
        (first, symbol) -> functions.put(first, function(section, symbol, first, symbols, insns)));
    if (functions.isEmpty()) { // stripped or assembled by hand: the section is the function
      functions.put(0, new FunctionSymbol(section.name(), section.index(), 0, insns, false, false));
    }
  }

  /** Compilers before LLVM 7 give functions no type; their labels are local, functions are not. */
  private static List<ElfSymbol> functionSymbols(ElfFile elf, ElfSection section) {
    List<ElfSymbol> here =
        elf.symbols().stream().filter(s -> s.section() == section.index()).toList();
    List<ElfSymbol> typed = here.stream().filter(s -> s.type() == ElfSymbol.FUNC).toList();
    return typed.isEmpty()
        ? here.stream().filter(s -> s.type() == ElfSymbol.NOTYPE && !s.isLocal()).toList()
        : typed;
  }

  private static FunctionSymbol function(
      ElfSection section,
      ElfSymbol symbol,
      int first,
      TreeMap<Integer, ElfSymbol> symbols,
      int sectionInsns) {
    Integer next = symbols.higherKey(first);
    int end = next == null ? sectionInsns : next;
    long sizeBytes = symbol.sizeBytes();
    if (sizeBytes != 0) {
      if (sizeBytes % Insn.SIZE_BYTES != 0
          || Long.compareUnsigned(sizeBytes / Insn.SIZE_BYTES, end - first) > 0) {
        throw new ObjectFormatException(
            where(section, symbol),
            "size",
            Long.toUnsignedString(sizeBytes) + " B",
            "a multiple of 8 B, at most " + (end - first) * 8L + " B");
      }
      end = first + (int) (sizeBytes / Insn.SIZE_BYTES);
    }
    return new FunctionSymbol(
        symbol.name(), section.index(), first, end - first, symbol.isLocal(), symbol.hidden());
  }

  private static int firstInsn(ElfSection section, ElfSymbol symbol, int insns) {
    long value = symbol.value();
    if (value < 0 || value % Insn.SIZE_BYTES != 0 || value / Insn.SIZE_BYTES >= insns) {
      throw new ObjectFormatException(
          where(section, symbol),
          "offset",
          Long.toUnsignedString(value),
          "a multiple of 8 below " + section.sizeBytes());
    }
    return (int) (value / Insn.SIZE_BYTES);
  }

  private static ElfSymbol moreVisible(ElfSymbol a, ElfSymbol b) {
    return a.isLocal() && !b.isLocal() ? b : a;
  }

  private static String where(ElfSection section, ElfSymbol symbol) {
    return "%s: function \"%s\"".formatted(section.bytes().where(), symbol.name());
  }

  /** Returns the slots of a code section. */
  static List<Insn> decode(ElfSection section) {
    List<Insn> insns = new ArrayList<>(section.bytes().size() / Insn.SIZE_BYTES);
    for (int at = 0; at < section.bytes().size(); at += Insn.SIZE_BYTES) {
      insns.add(Insn.of(section.bytes().i64(at)));
    }
    return List.copyOf(insns);
  }
}
