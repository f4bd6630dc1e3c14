package dev.sonde.vm.elf;

import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The .BTF.ext section: what insns are, by the name of their section, ascending by insn.
 *
 * <pre>
 * header  u16 magic, u8 version, u8 flags, u32 hdr_len, then off and len of each table
 * table   u32 record size, then per code section: u32 name_off, u32 count, records
 * record  u32 insn offset in bytes, then what the table is about
 * </pre>
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html#btf-ext-section">BTF.ext</a>
 */
final class BtfExt {
  /** Which function begins at slot {@code insn}: a BTF_KIND_FUNC. */
  record FuncInfo(int insn, int typeId) {}

  /** Which source line made slot {@code insn}. */
  record SourceLine(int insn, String file, String text, int line, int column) {}

  /** A CO-RE relocation of slot {@code insn}: what is asked of a member path of a type. */
  record CoreInfo(int insn, int typeId, String access, int kind) {}

  private static final int MAGIC = 0xeb9f;
  private static final int TEXT_LIMIT_BYTES = 4096;

  private final Map<String, List<FuncInfo>> functions = new HashMap<>();
  private final Map<String, List<SourceLine>> lines = new HashMap<>();
  private final Map<String, List<CoreInfo>> cores = new HashMap<>();
  private final Map<Long, String> texts = new HashMap<>();
  private final ObjectBytes strings;

  private BtfExt(ObjectBytes strings) {
    this.strings = strings;
  }

  /** Returns the section of an object without BTF.ext. */
  static BtfExt empty() {
    return new BtfExt(ObjectBytes.of(new byte[1], "no strings"));
  }

  static BtfExt read(ObjectBytes section, ObjectBytes strings) {
    if (section.u16(0) != MAGIC) {
      throw new ObjectFormatException(
          section.where(), "magic", "0x%04x".formatted(section.u16(0)), "0xeb9f (little endian)");
    }
    BtfExt ext = new BtfExt(strings);
    long header = section.u32(4);
    ext.readTable(
        section.slice(header + section.u32(8), section.u32(12), "func_info"),
        8,
        ext.functions,
        (table, at) -> new FuncInfo(insn(table, at), table.i32(at + 4)));
    ext.readTable(
        section.slice(header + section.u32(16), section.u32(20), "line_info"),
        16,
        ext.lines,
        ext::line);
    if (header >= 32) {
      ext.readTable(
          section.slice(header + section.u32(24), section.u32(28), "core_relo"),
          16,
          ext.cores,
          (table, at) ->
              new CoreInfo(
                  insn(table, at),
                  table.i32(at + 4),
                  ext.text(table.u32(at + 8)),
                  table.i32(at + 12)));
    }
    return ext;
  }

  List<FuncInfo> functions(String section) {
    return functions.getOrDefault(section, List.of());
  }

  List<SourceLine> lines(String section) {
    return lines.getOrDefault(section, List.of());
  }

  List<CoreInfo> cores(String section) {
    return cores.getOrDefault(section, List.of());
  }

  boolean hasCores() {
    return !cores.isEmpty();
  }

  private interface RecordReader<T> {
    T read(ObjectBytes table, int at);
  }

  private <T> void readTable(
      ObjectBytes table, int minBytes, Map<String, List<T>> into, RecordReader<T> reader) {
    if (table.size() == 0) {
      return;
    }
    long recordBytes = table.u32(0);
    if (recordBytes < minBytes || recordBytes > table.size() || recordBytes % 4 != 0) {
      throw new ObjectFormatException(
          table.where(), "record size", recordBytes, "a multiple of 4, at least " + minBytes);
    }
    int at = 4;
    while (at < table.size()) {
      String section = text(table.u32(at));
      long count = table.u32(at + 4);
      ObjectBytes records =
          table.slice(at + 8L, count * recordBytes, "records of \"" + section + "\"");
      IntFunction<T> read = i -> reader.read(records, i * (int) recordBytes);
      List<T> list = into.computeIfAbsent(section, name -> new ArrayList<>());
      for (int i = 0; i < count; i++) {
        list.add(read.apply(i));
      }
      at += 8 + records.size();
    }
  }

  private SourceLine line(ObjectBytes table, int at) {
    int lineAndColumn = table.i32(at + 12);
    return new SourceLine(
        insn(table, at),
        text(table.u32(at + 4)),
        text(table.u32(at + 8)),
        lineAndColumn >>> 10,
        lineAndColumn & 0x3ff);
  }

  private static int insn(ObjectBytes table, int at) {
    long offset = table.u32(at);
    if (offset % 8 != 0) {
      throw new ObjectFormatException(table.where(), "insn offset", offset, "a multiple of 8");
    }
    return (int) (offset / 8);
  }

  private String text(long offset) {
    return texts.computeIfAbsent(offset, at -> strings.text(at, TEXT_LIMIT_BYTES));
  }
}
