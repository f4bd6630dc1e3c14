package dev.sonde.probes.elf;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * An executable or shared object, ELF64 little endian: what its headers say at once, everything
 * else when it is asked for. Every offset is held against the file.
 *
 * @see <a href="https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html">System V ABI</a>
 */
public final class ElfImage {
  public static final int MACHINE_X86_64 = 62;
  public static final int MACHINE_AARCH64 = 183;

  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F'
  private static final int HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;
  private static final int SECTION_BYTES = 64;
  private static final int NAME_LIMIT_BYTES = 4096;
  private static final int MAX_PART_BYTES = 1 << 30;
  private static final int NOTE_BUILD_ID = 3;

  private final String where;
  private final FileBytes file;
  private final int machine;
  private final List<ElfSegment> segments;
  private final List<ElfSection> sections;

  private ElfImage(String where, FileBytes file) throws IOException {
    this.where = where;
    this.file = file;
    ObjectBytes header = part(0, HEADER_BYTES, "header");
    check("magic", hex(header.i32(0)), hex(MAGIC), header.i32(0) == MAGIC);
    check("class", header.u8(4), "2 (64-bit)", header.u8(4) == 2);
    check("data encoding", header.u8(5), "1 (little endian)", header.u8(5) == 1);
    this.machine = header.u16(18);
    this.segments = readSegments(header);
    this.sections = readSections(header);
  }

  /**
   * Opens a file.
   *
   * @throws IOException when it cannot be read
   * @throws ObjectFormatException when it is no ELF64 file
   */
  public static ElfImage open(Path file) throws IOException {
    return new ElfImage(file.toString(), FileBytes.of(file));
  }

  /** Reads an image that lies in memory, as the vdso; the array is not copied. */
  public static ElfImage of(byte[] bytes, String where) {
    try {
      return new ElfImage(where, FileBytes.of(bytes));
    } catch (IOException e) {
      throw new IllegalStateException(where + ": an array cannot fail to be read", e);
    }
  }

  public String where() {
    return where;
  }

  /** Returns e_machine. */
  public int machine() {
    return machine;
  }

  public List<ElfSegment> segments() {
    return segments;
  }

  public List<ElfSection> sections() {
    return sections;
  }

  /** Returns the section of that name: files that were stripped of headers have none. */
  public Optional<ElfSection> section(String name) {
    return sections.stream().filter(s -> s.name().equals(name)).findFirst();
  }

  /** Returns a copy of a section's bytes; NOBITS has none. */
  public ObjectBytes bytes(ElfSection section) throws IOException {
    return section.type() == ElfSection.NOBITS
        ? part(0, 0, section.name())
        : part(section.offset(), section.sizeBytes(), section.name());
  }

  /** Returns a copy of what the file has of a segment. */
  public ObjectBytes bytes(ElfSegment segment) throws IOException {
    return part(segment.offset(), segment.fileBytes(), "segment");
  }

  /** Returns where the byte at {@code address} lies in the file, -1 when it is not in it. */
  public long fileOffsetOf(long address) {
    for (ElfSegment segment : segments) {
      if (segment.type() == ElfSegment.LOAD && segment.holdsAddress(address)) {
        return address - segment.address() + segment.offset();
      }
    }
    return -1;
  }

  /** Returns the address of the byte at {@code fileOffset}, by executable segments first; or -1. */
  public long addressOf(long fileOffset) {
    long other = -1;
    for (ElfSegment segment : segments) {
      if (segment.type() == ElfSegment.LOAD && segment.holdsOffset(fileOffset)) {
        long address = fileOffset - segment.offset() + segment.address();
        if (segment.isExecutable()) {
          return address;
        }
        other = address;
      }
    }
    return other;
  }

  /** Reads the functions of the symbol table, or of the dynamic one where there is no other. */
  public ElfSymbols symbols() throws IOException {
    Optional<ElfSection> table = tableOf(ElfSection.SYMTAB).or(() -> tableOf(ElfSection.DYNSYM));
    if (table.isEmpty()) {
      return ElfSymbols.of();
    }
    int link = table.get().link();
    check("string table of the symbols", link, "a section", link > 0 && link < sections.size());
    return ElfSymbols.read(bytes(table.get()), bytes(sections.get(link)));
  }

  /** Returns the symbol of that name that the file exports, function or data. */
  public Optional<ElfSymbol> exported(String name) throws IOException {
    Optional<ElfSection> table = tableOf(ElfSection.DYNSYM);
    if (table.isEmpty() || table.get().link() <= 0 || table.get().link() >= sections.size()) {
      return Optional.empty();
    }
    return ElfSymbols.find(bytes(table.get()), bytes(sections.get(table.get().link())), name);
  }

  /** Tells whether the file has a full symbol table, not only what it exports. */
  public boolean hasSymbolTable() {
    return tableOf(ElfSection.SYMTAB).isPresent();
  }

  /** Returns the notes of a section. */
  public List<ElfNote> notes(ElfSection section) throws IOException {
    return notes(bytes(section));
  }

  /** Returns the build id in hex, which names this very build. */
  public Optional<String> buildId() throws IOException {
    for (ElfSegment segment : segments) {
      if (segment.type() == ElfSegment.NOTE) {
        for (ElfNote note : notes(bytes(segment))) {
          if (note.type() == NOTE_BUILD_ID && note.owner().equals("GNU")) {
            return Optional.of(HexFormat.of().formatHex(note.description().copy()));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Name, description and the next note are aligned to 4 bytes, also in 64-bit files. */
  private static List<ElfNote> notes(ObjectBytes bytes) {
    List<ElfNote> all = new ArrayList<>();
    long at = 0;
    while (at + 12 <= bytes.size()) {
      int offset = (int) at;
      long nameBytes = bytes.u32(offset);
      long descriptionBytes = bytes.u32(offset + 4);
      ObjectBytes name = bytes.slice(at + 12, nameBytes, "owner of a note");
      long description = at + 12 + (nameBytes + 3 & ~3);
      all.add(
          new ElfNote(
              nameBytes == 0 ? "" : name.text(0, name.size()),
              bytes.i32(offset + 8),
              bytes.slice(description, descriptionBytes, "note")));
      at = description + (descriptionBytes + 3 & ~3);
    }
    return all;
  }

  private Optional<ElfSection> tableOf(int type) {
    return sections.stream().filter(s -> s.type() == type).findFirst();
  }

  private List<ElfSegment> readSegments(ObjectBytes header) throws IOException {
    int count = header.u16(56);
    ObjectBytes table = part(header.i64(32), (long) count * SEGMENT_BYTES, "program headers");
    List<ElfSegment> all = new ArrayList<>(count);
    for (int at = 0; at < table.size(); at += SEGMENT_BYTES) {
      all.add(
          new ElfSegment(
              table.i32(at),
              table.i32(at + 4),
              table.i64(at + 8),
              table.i64(at + 16),
              table.i64(at + 32),
              table.i64(at + 40)));
    }
    return List.copyOf(all);
  }

  private List<ElfSection> readSections(ObjectBytes header) throws IOException {
    int count = header.u16(60);
    int namesIndex = header.u16(62);
    if (count == 0 || header.i64(40) == 0) {
      return List.of();
    }
    ObjectBytes table = part(header.i64(40), (long) count * SECTION_BYTES, "section headers");
    check("section of names", namesIndex, "less than " + count, namesIndex < count);
    int namesAt = namesIndex * SECTION_BYTES;
    ObjectBytes names = part(table.i64(namesAt + 24), table.i64(namesAt + 32), "section names");
    List<ElfSection> all = new ArrayList<>(count);
    for (int at = 0; at < table.size(); at += SECTION_BYTES) {
      all.add(
          new ElfSection(
              at == 0 ? "" : names.text(table.u32(at), NAME_LIMIT_BYTES),
              table.i32(at + 4),
              table.i64(at + 16),
              table.i64(at + 24),
              table.i64(at + 32),
              table.i32(at + 40)));
    }
    return List.copyOf(all);
  }

  private ObjectBytes part(long offset, long sizeBytes, String what) throws IOException {
    boolean fits =
        offset >= 0
            && sizeBytes >= 0
            && sizeBytes <= MAX_PART_BYTES
            && offset <= file.size() - sizeBytes;
    if (!fits) {
      throw new ObjectFormatException(
          where,
          what,
          "%d B at offset %d".formatted(sizeBytes, offset),
          "a range within %d B".formatted(file.size()));
    }
    return ObjectBytes.of(file.read(offset, (int) sizeBytes), where + ": " + what);
  }

  private void check(String what, Object got, Object want, boolean holds) {
    if (!holds) {
      throw new ObjectFormatException(where, what, got, want);
    }
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }
}
