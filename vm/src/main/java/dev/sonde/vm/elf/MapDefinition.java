package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.BtfType.Member;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.SpecialField;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One BTF-defined map: a struct whose members' <em>types</em> carry the attributes, because BTF
 * keeps types and no values. A number n is {@code int (*name)[n]}, a type {@code T *name}, what the
 * slots hold {@code T *values[]}.
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html#bpf-map-create">BTF and maps</a>
 */
final class MapDefinition {
  private static final int PIN_BY_NAME = 1; // libbpf's enum libbpf_pin_type

  private final Btf btf;
  private final String where;
  private final String name;
  private int type;
  private int keySizeBytes;
  private int valueSizeBytes;
  private int maxEntries;
  private int flags;
  private long mapExtra;
  private int keyTypeId;
  private int valueTypeId;
  private boolean pinnedByName;
  private @Nullable MapSpec inner;
  private int valuesOffsetBytes = -1;

  private MapDefinition(Btf btf, String where, String name) {
    this.btf = btf;
    this.where = where;
    this.name = name;
  }

  /** Reads the definition of {@code name}, whose variable is of type {@code structId}. */
  static MapDefinition read(Btf btf, String where, String name, int structId) {
    MapDefinition definition = new MapDefinition(btf, where + ": map \"" + name + "\"", name);
    if (!(btf.resolved(structId) instanceof BtfType.Struct struct) || struct.union()) {
      throw new ObjectFormatException(
          definition.where, "definition", btf.resolved(structId).name(), "a struct");
    }
    struct.members().forEach(definition::readMember);
    return definition;
  }

  /** Returns where in the variable the slots' initial values stand, or -1 without any. */
  int valuesOffsetBytes() {
    return valuesOffsetBytes;
  }

  MapSpec spec(Map<Integer, Object> initialValues) {
    MapType known = MapType.of(type);
    if (known == null) {
      throw new ObjectFormatException(where, "type", type, "a type of linux/bpf.h");
    }
    return new MapSpec(
        name,
        known,
        keySizeBytes,
        valueSizeBytes,
        maxEntries,
        flags,
        inner,
        pinnedByName,
        initialValues,
        keyTypeId,
        valueTypeId,
        mapExtra,
        SpecialField.of(btf, valueTypeId, where + ": value"));
  }

  private void readMember(Member member) {
    switch (member.name()) {
      case "type" -> type = number(member);
      case "key_size" -> keySizeBytes = sameSize(member, number(member), keyTypeId);
      case "value_size" -> valueSizeBytes = sameSize(member, number(member), valueTypeId);
      case "max_entries" -> maxEntries = number(member);
      case "map_flags" -> flags = number(member);
      case "pinning" -> pinnedByName = pinning(member);
      case "key" -> {
        keyTypeId = pointee(member, member.type());
        keySizeBytes = sameSize(member, keySizeBytes, keyTypeId);
      }
      case "value" -> {
        valueTypeId = pointee(member, member.type());
        valueSizeBytes = sameSize(member, valueSizeBytes, valueTypeId);
      }
      case "values" -> readValues(member);
      case "map_extra" -> mapExtra = wideNumber(member);
      case "numa_node" -> number(member); // of no meaning to memory of a JVM
      default ->
          throw bad(
              member,
              "attribute",
              "type, key, value, key_size, value_size, max_entries, map_flags, numa_node, "
                  + "map_extra, pinning or values");
    }
  }

  /** Returns n of {@code int (*name)[n]}, or of the one enumerator that __ulong(name, n) makes. */
  private int number(Member member) {
    return (int) wideNumber(member);
  }

  private long wideNumber(Member member) {
    BtfType type = btf.resolved(member.type());
    if (type instanceof BtfType.Enum enumeration && enumeration.values().size() == 1) {
      return enumeration.values().get(0).value();
    }
    if (type instanceof BtfType.Ptr pointer
        && btf.resolved(pointer.target()) instanceof BtfType.Array array) {
      return array.count();
    }
    throw bad(member, "number", "int (*" + member.name() + ")[n], as __uint makes it");
  }

  private int pointee(Member member, int type) {
    if (btf.resolved(type) instanceof BtfType.Ptr pointer) {
      return pointer.target();
    }
    throw bad(member, "type", "a pointer to the type, as __type makes it");
  }

  /** Returns the size that a type and an explicit size, of which one may miss, agree on. */
  private int sameSize(Member member, int sizeBytes, int typeId) {
    int ofType = typeId == 0 ? sizeBytes : btf.sizeBytes(typeId);
    if (sizeBytes != 0 && sizeBytes != ofType) {
      throw new ObjectFormatException(
          where, member.name(), sizeBytes + " B", ofType + " B, the size of its type");
    }
    return ofType;
  }

  private boolean pinning(Member member) {
    int kind = number(member);
    if (kind != 0 && kind != PIN_BY_NAME) {
      throw new ObjectFormatException(where, "pinning", kind, "0 (none) or 1 (by name)");
    }
    return kind == PIN_BY_NAME;
  }

  private void readValues(Member member) {
    if (!(btf.resolved(member.type()) instanceof BtfType.Array array)) {
      throw bad(member, "values", "an array of pointers, as __array makes it");
    }
    valuesOffsetBytes = member.bitOffset() / 8;
    valueSizeBytes = 4; // what the slot of a map or program is to user space: a file descriptor
    keySizeBytes = keySizeBytes == 0 ? 4 : keySizeBytes;
    int target = pointee(member, array.element());
    if (btf.resolved(target) instanceof BtfType.FuncProto) {
      return;
    }
    if (where.contains(": inner")) {
      throw bad(member, "values", "no map-in-map inside a map-in-map");
    }
    inner = read(btf, where + ": inner", name + ".inner", target).spec(Map.of());
  }

  private ObjectFormatException bad(Member member, String what, Object want) {
    return new ObjectFormatException(
        where, what, "\"" + member.name() + "\" of another shape or name", want);
  }
}
