package dev.sonde.vm.elf;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.MapSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What linking needs to know of an object, found by section and slot. */
final class ObjectCode {
  private final ElfFile elf;
  private final ObjectMaps maps;
  private final FunctionTable functions;
  private final ExternTable externs;
  private final BtfExt ext;
  private final @Nullable CorePatcher patcher;
  private final Map<Integer, List<Insn>> insns = new HashMap<>();
  private final Map<Integer, Map<Integer, ElfRelocation>> relocations = new HashMap<>();
  private final Map<Integer, Map<Integer, Integer>> funcTypes = new HashMap<>();

  ObjectCode(
      ElfFile elf,
      ObjectMaps maps,
      ExternTable externs,
      BtfExt ext,
      @Nullable CorePatcher patcher) {
    this.elf = elf;
    this.maps = maps;
    this.functions = FunctionTable.of(elf);
    this.externs = externs;
    this.ext = ext;
    this.patcher = patcher;
    elf.sections().stream().filter(ElfSection::isCode).forEach(this::readSection);
  }

  private void readSection(ElfSection section) {
    List<Insn> decoded = FunctionTable.decode(section);
    insns.put(
        section.index(),
        patcher == null
            ? decoded
            : patcher.patch(decoded, ext.cores(section.name()), section.bytes().where()));
    Map<Integer, ElfRelocation> bySlot = new HashMap<>();
    for (ElfRelocation relocation : elf.relocations(section)) {
      bySlot.put((int) (relocation.offset() / Insn.SIZE_BYTES), relocation);
    }
    relocations.put(section.index(), bySlot);
    Map<Integer, Integer> types = new HashMap<>();
    ext.functions(section.name()).forEach(info -> types.put(info.insn(), info.typeId()));
    funcTypes.put(section.index(), types);
  }

  ObjectMaps maps() {
    return maps;
  }

  FunctionTable functions() {
    return functions;
  }

  ExternTable externs() {
    return externs;
  }

  boolean isCode(int section) {
    return insns.containsKey(section);
  }

  /** Returns the slots of code section {@code section}. */
  List<Insn> insns(int section) {
    return insns.getOrDefault(section, List.of());
  }

  @Nullable ElfRelocation relocation(int section, int slot) {
    return relocations.getOrDefault(section, Map.of()).get(slot);
  }

  /** Returns the BTF_KIND_FUNC of {@code function}, 0: unknown. */
  int funcTypeId(FunctionSymbol function) {
    return funcTypes.get(function.section()).getOrDefault(function.firstInsn(), 0);
  }

  /** Returns the source lines of {@code function}, by slots of its section. */
  List<BtfExt.SourceLine> lines(FunctionSymbol function) {
    return ext.lines(sectionName(function.section())).stream()
        .filter(line -> function.contains(line.insn()))
        .toList();
  }

  int mapSizeBytes(String name) {
    MapSpec spec = maps.named(name);
    return spec == null ? 0 : spec.valueSizeBytes();
  }

  /** Returns the name of section {@code index}, or its number where the file has no such one. */
  String sectionName(int index) {
    return index < elf.sections().size() ? elf.sections().get(index).name() : "section " + index;
  }

  String where(int section, int slot) {
    return "%s: %s, slot %d".formatted(elf.where(), sectionName(section), slot);
  }
}
