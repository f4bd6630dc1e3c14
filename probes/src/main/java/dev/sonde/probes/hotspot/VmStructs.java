package dev.sonde.probes.hotspot;

import dev.sonde.probes.elf.ElfSymbol;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.NativeModule;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where HotSpot's fields are: the tables {@code gHotSpotVMStructs} and {@code gHotSpotVMTypes},
 * which libjvm exports for the serviceability agent and which describe themselves.
 *
 * @see <a
 *     href="https://github.com/openjdk/jdk/blob/jdk-17-ga/src/hotspot/share/runtime/vmStructs.hpp">
 *     vmStructs.hpp</a>
 */
final class VmStructs {
  private static final int MAX_ENTRIES = 20_000;

  /** A field: its offset, or for a static one its address. */
  record Field(String type, boolean isStatic, long offset) {}

  private final TargetView view;
  private final NativeCode code;
  private final NativeModule libjvm;
  private final Map<String, Field> fields = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();

  private VmStructs(TargetView view, NativeCode code, NativeModule libjvm) {
    this.view = view;
    this.code = code;
    this.libjvm = libjvm;
  }

  /** Reads the tables; null when the process has no libjvm that exports them. */
  static @Nullable VmStructs of(TargetView view, NativeCode code) {
    NativeModule libjvm = code.module("libjvm.so");
    if (libjvm == null || libjvm.exported("gHotSpotVMStructs") == null) {
      return null;
    }
    VmStructs structs = new VmStructs(view, code, libjvm);
    structs.readFields();
    structs.readTypes();
    return structs.fields.isEmpty() ? null : structs;
  }

  private void readFields() {
    long entry = pointer("gHotSpotVMStructs");
    long stride = pointer("gHotSpotVMStructEntryArrayStride");
    long type = pointer("gHotSpotVMStructEntryTypeNameOffset");
    long name = pointer("gHotSpotVMStructEntryFieldNameOffset");
    long typeString = pointer("gHotSpotVMStructEntryTypeStringOffset");
    long isStatic = pointer("gHotSpotVMStructEntryIsStaticOffset");
    long offset = pointer("gHotSpotVMStructEntryOffsetOffset");
    long address = pointer("gHotSpotVMStructEntryAddressOffset");
    for (int i = 0; i < MAX_ENTRIES && view.i64(entry + type) != 0; i++, entry += stride) {
      boolean fixed = view.i32(entry + isStatic) != 0;
      fields.put(
          view.text(view.i64(entry + type)) + "." + view.text(view.i64(entry + name)),
          new Field(
              view.text(view.i64(entry + typeString)),
              fixed,
              view.i64(entry + (fixed ? address : offset))));
    }
  }

  private void readTypes() {
    long entry = pointer("gHotSpotVMTypes");
    long stride = pointer("gHotSpotVMTypeEntryArrayStride");
    long type = pointer("gHotSpotVMTypeEntryTypeNameOffset");
    long size = pointer("gHotSpotVMTypeEntrySizeOffset");
    for (int i = 0; i < MAX_ENTRIES && view.i64(entry + type) != 0; i++, entry += stride) {
      sizes.put(view.text(view.i64(entry + type)), (int) view.i64(entry + size));
    }
  }

  /** The tables are data, their names no functions: the dynamic symbol table has them. */
  private long pointer(String name) {
    ElfSymbol symbol = libjvm.exported(name);
    if (symbol == null) {
      throw new HotSpotLayoutException("libjvm.so: %s: not exported".formatted(name));
    }
    return view.i64(code.loadedAddress(libjvm, symbol.address()));
  }

  boolean has(String field) {
    return fields.containsKey(field);
  }

  Field field(String name) {
    Field field = fields.get(name);
    if (field == null) {
      throw new HotSpotLayoutException(
          "vmStructs: %s: not there, want a HotSpot of JDK 11 to 25".formatted(name));
    }
    return field;
  }

  int offset(String field) {
    return (int) field(field).offset;
  }

  /** Returns the value of a static pointer. */
  long staticPointer(String field) {
    return view.i64(field(field).offset);
  }

  int staticInt(String field) {
    return view.i32(field(field).offset);
  }

  /** Reads a number of the width that its type has. */
  int number(long object, String name) {
    return number(object, field(name));
  }

  int number(long object, Field field) {
    long address = object + field.offset;
    return switch (field.type) {
      case "u1", "bool", "volatile signed char" -> view.u8(address);
      case "u2", "uint16_t" -> view.u16(address);
      case "int16_t" -> (short) view.u16(address);
      default -> view.i32(address);
    };
  }

  int size(String type) {
    Integer size = sizes.get(type);
    if (size == null) {
      throw new HotSpotLayoutException("vmStructs: size of %s: not there".formatted(type));
    }
    return size;
  }
}
