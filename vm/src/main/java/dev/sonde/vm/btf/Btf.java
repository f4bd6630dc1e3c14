package dev.sonde.vm.btf;

import java.util.List;
import java.util.OptionalInt;

/**
 * The types of an object (BPF Type Format): an immutable table whose entry 0 is void.
 *
 * @param types by type id
 */
public record Btf(List<BtfType> types) {
  /** How many typedefs, modifiers or array dimensions may stand in a row, as in the kernel. */
  private static final int MAX_CHAIN = 32;

  private static final int POINTER_BYTES = 8;

  public Btf {
    types = List.copyOf(types);
  }

  /**
   * @throws ObjectFormatException if there is no such type
   */
  public BtfType type(int id) {
    if (id < 0 || id >= types.size()) {
      throw new ObjectFormatException("BTF", "type id", id, "less than " + types.size());
    }
    return types.get(id);
  }

  /** Returns the id behind all typedefs, modifiers and tags of {@code id}. */
  public int resolve(int id) {
    int at = id;
    for (int i = 0; i <= MAX_CHAIN; i++) {
      BtfType type = type(at);
      if (type instanceof BtfType.Typedef typedef) {
        at = typedef.target();
      } else if (type instanceof BtfType.Modifier modifier) {
        at = modifier.target();
      } else {
        return at;
      }
    }
    throw tooDeep(id);
  }

  /** Returns the type behind all typedefs, modifiers and tags of {@code id}. */
  public BtfType resolved(int id) {
    return type(resolve(id));
  }

  /**
   * Returns how many bytes a value of type {@code id} takes; 0 for void, functions and forwards.
   *
   * @throws ObjectFormatException if the size is 2 GiB or more, or typedefs go round in a circle
   */
  public int sizeBytes(int id) {
    long count = 1;
    int at = id;
    for (int i = 0; i <= MAX_CHAIN; i++) {
      BtfType type = resolved(at);
      if (!(type instanceof BtfType.Array array)) {
        return checkedSize(id, count * plainSize(type));
      }
      count = checkedSize(id, count * Integer.toUnsignedLong(array.count()));
      at = array.element();
    }
    throw tooDeep(id);
  }

  /** Returns the id of the first type of {@code kind} that is called {@code name}. */
  public OptionalInt find(String name, Class<? extends BtfType> kind) {
    for (int id = 0; id < types.size(); id++) {
      if (kind.isInstance(types.get(id)) && types.get(id).name().equals(name)) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  private static long plainSize(BtfType type) {
    if (type instanceof BtfType.Int integer) {
      return Integer.toUnsignedLong(integer.sizeBytes());
    }
    if (type instanceof BtfType.Struct struct) {
      return struct.sizeBytes();
    }
    if (type instanceof BtfType.Enum enumeration) {
      return Integer.toUnsignedLong(enumeration.sizeBytes());
    }
    if (type instanceof BtfType.FloatType floating) {
      return Integer.toUnsignedLong(floating.sizeBytes());
    }
    if (type instanceof BtfType.DataSec section) {
      return section.sizeBytes();
    }
    return type instanceof BtfType.Ptr ? POINTER_BYTES : 0;
  }

  private int checkedSize(int id, long sizeBytes) {
    if (sizeBytes < 0 || sizeBytes > Integer.MAX_VALUE) {
      throw new ObjectFormatException(
          "BTF: type " + id, "size", sizeBytes + " B", "less than 2 GiB");
    }
    return (int) sizeBytes;
  }

  private static ObjectFormatException tooDeep(int id) {
    return new ObjectFormatException(
        "BTF: type " + id, "typedefs, modifiers or arrays in a row", "more", MAX_CHAIN);
  }
}
