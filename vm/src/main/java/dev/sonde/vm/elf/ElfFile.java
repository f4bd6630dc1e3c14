package dev.sonde.vm.elf;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sections, symbols and relocations of a relocatable ELF64 little-endian file for the BPF
 * machine, every offset checked against the file.
 *
 * @see <a href="https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html">System V ABI</a>
 */
final class ElfFile {
  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F'
  private static final int MACHINE_BPF = 247;
  private static final int MACHINE_NONE = 0; // clang before 6
  private static final int SECTION_HEADER_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int RELOCATION_BYTES = 16;
  private static final int NAME_LIMIT_BYTES = 4096;

  private final ObjectBytes file;
  private final List<ElfSection> sections;
  private final List<ElfSymbol> symbols;

  private ElfFile(ObjectBytes file) {
    this.file = file;
    checkHeader();
    this.sections = readSections();
    this.symbols = readSymbols();
  }

  static ElfFile read(ObjectBytes file) {
    return new ElfFile(file);
  }

  String where() {
    return file.where();
  }

  /** Returns the sections by index. */
  List<ElfSection> sections() {
    return sections;
  }

  /** Returns the symbols by index; empty without a symbol table. */
  List<ElfSymbol> symbols() {
    return symbols;
  }

  Optional<ElfSection> section(String name) {
    return sections.stream().filter(s -> s.name().equals(name)).findFirst();
  }

  /** Returns the relocations of {@code section}, in the order of the file. */
  List<ElfRelocation> relocations(ElfSection section) {
    List<ElfRelocation> all = new ArrayList<>();
    for (ElfSection candidate : sections) {
      if (candidate.info() == section.index() && candidate.type() == ElfSection.RELA) {
        throw new ObjectFormatException(
            candidate.bytes().where(), "relocation section type", "RELA", "REL");
      }
      if (candidate.info() == section.index() && candidate.type() == ElfSection.REL) {
        addRelocations(candidate.bytes(), all);
      }
    }
    return all;
  }

  private void addRelocations(ObjectBytes table, List<ElfRelocation> all) {
    for (int at = 0; at < table.size(); at += RELOCATION_BYTES) {
      long info = table.i64(at + 8);
      long symbol = info >>> 32;
      if (symbol >= symbols.size()) {
        throw new ObjectFormatException(
            table.where(), "symbol index", symbol, "less than " + symbols.size());
      }
      all.add(new ElfRelocation(table.i64(at), (int) info, symbols.get((int) symbol)));
    }
  }

  private void checkHeader() {
    check("magic", hex(file.i32(0)), hex(MAGIC), file.i32(0) == MAGIC);
    check("class", file.u8(4), "2 (64-bit)", file.u8(4) == 2);
    check("data encoding", file.u8(5), "1 (little endian)", file.u8(5) == 1);
    check("type", file.u16(16), "1 (relocatable)", file.u16(16) == 1);
    int machine = file.u16(18);
    check("machine", machine, "247 (BPF)", machine == MACHINE_BPF || machine == MACHINE_NONE);
    int entry = file.u16(58);
    boolean empty = file.u16(60) == 0;
    check("section header size", entry, "64 B", entry == SECTION_HEADER_BYTES || empty);
  }

  private List<ElfSection> readSections() {
    int count = file.u16(60);
    if (count == 0) {
      throw new ObjectFormatException(file.where(), "sections", 0, "at least 1");
    }
    ObjectBytes table =
        file.slice(file.i64(40), (long) count * SECTION_HEADER_BYTES, "section table");
    int namesIndex = file.u16(62);
    check("section of names", namesIndex, "less than " + count, namesIndex < count);
    ObjectBytes names = bytes(table, namesIndex, "section names");
    List<ElfSection> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      all.add(readSection(table, i, names));
    }
    return List.copyOf(all);
  }

  private ElfSection readSection(ObjectBytes table, int index, ObjectBytes names) {
    int at = index * SECTION_HEADER_BYTES;
    String name = index == 0 ? "" : names.text(table.u32(at), NAME_LIMIT_BYTES);
    long sizeBytes = table.i64(at + 32);
    String what = "section " + index + " \"" + name + "\"";
    if (sizeBytes < 0 || sizeBytes > Integer.MAX_VALUE) {
      throw new ObjectFormatException(
          file.where() + ": " + what,
          "size",
          Long.toUnsignedString(sizeBytes) + " B",
          "less than 2 GiB");
    }
    return new ElfSection(
        index,
        name,
        table.i32(at + 4),
        table.i64(at + 8),
        sizeBytes,
        table.i32(at + 40),
        table.i32(at + 44),
        table.i64(at + 56),
        bytes(table, index, what));
  }

  private ObjectBytes bytes(ObjectBytes table, int index, String what) {
    int at = index * SECTION_HEADER_BYTES;
    int type = table.i32(at + 4);
    boolean inFile = type != ElfSection.NOBITS && type != 0;
    return inFile
        ? file.slice(table.i64(at + 24), table.i64(at + 32), what)
        : file.slice(0, 0, what);
  }

  private List<ElfSymbol> readSymbols() {
    Optional<ElfSection> table =
        sections.stream().filter(s -> s.type() == ElfSection.SYMTAB).findFirst();
    if (table.isEmpty()) {
      return List.of();
    }
    int link = table.get().link();
    check("string table of the symbols", link, "a section", link > 0 && link < sections.size());
    ObjectBytes names = sections.get(link).bytes();
    ObjectBytes bytes = table.get().bytes();
    List<ElfSymbol> all = new ArrayList<>();
    for (int at = 0; at < bytes.size(); at += SYMBOL_BYTES) {
      all.add(readSymbol(bytes, at, names));
    }
    return List.copyOf(all);
  }

  private ElfSymbol readSymbol(ObjectBytes table, int at, ObjectBytes names) {
    int info = table.u8(at + 4);
    int visibility = table.u8(at + 5) & 3;
    int section = table.u16(at + 6);
    long nameOffset = table.u32(at);
    return new ElfSymbol(
        at / SYMBOL_BYTES,
        nameOffset == 0 ? "" : names.text(nameOffset, NAME_LIMIT_BYTES),
        info & 0xf,
        info >>> 4,
        visibility == 1 || visibility == 2,
        section,
        table.i64(at + 8),
        table.i64(at + 16));
  }

  private void check(String what, Object got, Object want, boolean holds) {
    if (!holds) {
      throw new ObjectFormatException(file.where(), what, got, want);
    }
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }
}
