package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.EnumValue;
import dev.sonde.vm.btf.BtfType.Linkage;
import dev.sonde.vm.btf.BtfType.Member;
import dev.sonde.vm.btf.BtfType.Modifier;
import dev.sonde.vm.btf.BtfType.Param;
import dev.sonde.vm.btf.BtfType.SecVar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Reads a .BTF section or a raw BTF file such as /sys/kernel/btf/vmlinux.
 *
 * <pre>
 * header   u16 magic 0xeb9f, u8 version 1, u8 flags, u32 hdr_len, type_off, type_len, str_off, str_len
 * type     u32 name_off, u32 info: vlen 0-15, kind 24-28, kind_flag 31; u32 size_or_type; kind's own
 * </pre>
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html">BPF Type Format</a>
 */
public final class BtfReader {
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int TYPE_BYTES = 12;
  private static final int NAME_LIMIT_BYTES = 4096;

  private final ObjectBytes types;
  private final ObjectBytes strings;
  private final Map<Integer, String> names = new HashMap<>();
  private int position;

  private BtfReader(ObjectBytes types, ObjectBytes strings) {
    this.types = types;
    this.strings = strings;
  }

  /**
   * Returns the types of {@code section}.
   *
   * @throws ObjectFormatException if a record is cut off, of an unknown kind or refers to no type
   */
  public static Btf read(ObjectBytes section) {
    BtfReader reader = open(section);
    List<BtfType> all = new ArrayList<>();
    all.add(new BtfType.Void());
    while (reader.position < reader.types.size()) {
      all.add(reader.next(all.size()));
    }
    BtfReferences.check(all, section.where());
    return new Btf(all);
  }

  /** Returns the string table of {@code section}, which BTF.ext refers to as well. */
  public static ObjectBytes strings(ObjectBytes section) {
    return open(section).strings;
  }

  private static BtfReader open(ObjectBytes section) {
    if (section.u16(0) != MAGIC) {
      throw new ObjectFormatException(
          section.where(), "magic", "0x%04x".formatted(section.u16(0)), "0xeb9f (little endian)");
    }
    if (section.u8(2) != 1) {
      throw new ObjectFormatException(section.where(), "version", section.u8(2), 1);
    }
    long header = section.u32(4);
    if (header < HEADER_BYTES) {
      throw new ObjectFormatException(section.where(), "header size", header, "at least 24 B");
    }
    return new BtfReader(
        section.slice(header + section.u32(8), section.u32(12), "types"),
        section.slice(header + section.u32(16), section.u32(20), "strings"));
  }

  private BtfType next(int id) {
    int start = position;
    String name = name(types.u32(start));
    int info = types.i32(start + 4);
    int vlen = info & 0xffff;
    int kind = info >>> 24 & 0x1f;
    boolean flag = info < 0;
    int sizeOrType = types.i32(start + 8);
    position += TYPE_BYTES;
    return switch (kind) {
      case 1 -> integer(name, sizeOrType);
      case 2 -> new BtfType.Ptr(name, sizeOrType);
      case 3 -> array(name);
      case 4, 5 -> new BtfType.Struct(name, kind == 5, size(id, sizeOrType), members(vlen, flag));
      case 6 -> new BtfType.Enum(name, sizeOrType, flag, false, enumValues(vlen, flag));
      case 7 -> new BtfType.Forward(name, flag);
      case 8 -> new BtfType.Typedef(name, sizeOrType);
      case 9 -> new Modifier(name, Modifier.Kind.VOLATILE, sizeOrType);
      case 10 -> new Modifier(name, Modifier.Kind.CONST, sizeOrType);
      case 11 -> new Modifier(name, Modifier.Kind.RESTRICT, sizeOrType);
      case 12 -> new BtfType.Func(name, sizeOrType, linkage(id, vlen));
      case 13 -> new BtfType.FuncProto(name, sizeOrType, params(vlen));
      case 14 -> new BtfType.Var(name, sizeOrType, linkage(id, word()));
      case 15 -> new BtfType.DataSec(name, size(id, sizeOrType), secVars(vlen));
      case 16 -> new BtfType.FloatType(name, sizeOrType);
      case 17 -> new BtfType.DeclTag(name, sizeOrType, word());
      case 18 -> new Modifier(name, Modifier.Kind.TYPE_TAG, sizeOrType);
      case 19 -> new BtfType.Enum(name, sizeOrType, flag, true, enum64Values(vlen));
      default -> throw bad(id, "kind", kind, "1 to 19");
    };
  }

  private BtfType integer(String name, int sizeBytes) {
    int word = word();
    int encoding = word >>> 24 & 0xf;
    return new BtfType.Int(
        name,
        sizeBytes,
        word & 0xff,
        word >>> 16 & 0xff,
        (encoding & 1) != 0,
        (encoding & 2) != 0,
        (encoding & 4) != 0);
  }

  private BtfType array(String name) {
    int element = word();
    int index = word();
    return new BtfType.Array(name, element, index, word());
  }

  private List<Member> members(int count, boolean bitFields) {
    return list(
        count,
        12,
        at -> {
          int offset = types.i32(at + 8);
          int bits = bitFields ? offset >>> 24 : 0;
          int bitOffset = bitFields ? offset & 0xffffff : offset;
          return new Member(name(types.u32(at)), types.i32(at + 4), bitOffset, bits);
        });
  }

  private List<EnumValue> enumValues(int count, boolean signed) {
    return list(
        count,
        8,
        at -> {
          long value = signed ? types.i32(at + 4) : types.u32(at + 4);
          return new EnumValue(name(types.u32(at)), value);
        });
  }

  private List<EnumValue> enum64Values(int count) {
    return list(
        count,
        12,
        at -> {
          long value = types.u32(at + 4) | types.u32(at + 8) << 32;
          return new EnumValue(name(types.u32(at)), value);
        });
  }

  private List<Param> params(int count) {
    return list(count, 8, at -> new Param(name(types.u32(at)), types.i32(at + 4)));
  }

  private List<SecVar> secVars(int count) {
    return list(count, 12, at -> new SecVar(types.i32(at), types.i32(at + 4), types.i32(at + 8)));
  }

  private <T> List<T> list(int count, int recordBytes, IntFunction<T> read) {
    types.requireRange(position, (long) count * recordBytes);
    List<T> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++, position += recordBytes) {
      records.add(read.apply(position));
    }
    return List.copyOf(records);
  }

  private int word() {
    int value = types.i32(position);
    position += 4;
    return value;
  }

  private String name(long offset) {
    if (offset == 0) {
      return "";
    }
    return names.computeIfAbsent((int) offset, at -> strings.text(offset, NAME_LIMIT_BYTES));
  }

  private int size(int id, int sizeBytes) {
    if (sizeBytes < 0) {
      throw bad(id, "size", Integer.toUnsignedString(sizeBytes) + " B", "less than 2 GiB");
    }
    return sizeBytes;
  }

  private Linkage linkage(int id, int code) {
    return switch (code) {
      case 0 -> Linkage.STATIC;
      case 1 -> Linkage.GLOBAL;
      case 2 -> Linkage.EXTERN;
      default -> throw bad(id, "linkage", code, "0 to 2");
    };
  }

  private ObjectFormatException bad(int id, String what, Object got, Object want) {
    return new ObjectFormatException(types.where() + ": type " + id, what, got, want);
  }
}
