package dev.sonde.vm.btf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Structs that are known only at run time, of integers and arrays of them, as the BTF that CO-RE
 * relocations are resolved against.
 */
public final class StructTypes {
  private final List<BtfType> types = new ArrayList<>();
  private final Map<BtfType, Integer> numbers = new HashMap<>();
  private final int index;

  public StructTypes() {
    types.add(new BtfType.Void());
    index = number(new BtfType.Int("unsigned int", 4, 32, 0, false, false, false));
  }

  /**
   * A member of a struct.
   *
   * @param cType its element's C type, of {@code sizeBytes}
   * @param elements of an array, 1 for a single value
   */
  public record Field(
      String name, String cType, int sizeBytes, boolean signed, int elements, int offsetBytes) {}

  /** Adds a struct. */
  public void add(String name, int sizeBytes, List<Field> fields) {
    List<BtfType.Member> members = new ArrayList<>();
    for (Field field : fields) {
      members.add(new BtfType.Member(field.name, typeOf(field), field.offsetBytes * 8, 0));
    }
    types.add(new BtfType.Struct(name, false, sizeBytes, members));
  }

  /** Returns all structs added so far. */
  public CoreTarget target() {
    return new CoreTarget(new Btf(types));
  }

  private int typeOf(Field field) {
    int bytes = field.sizeBytes;
    int element =
        number(new BtfType.Int(field.cType, bytes, bytes * 8, 0, field.signed, false, false));
    return field.elements == 1
        ? element
        : number(new BtfType.Array("", element, index, field.elements));
  }

  private int number(BtfType type) {
    return numbers.computeIfAbsent(
        type,
        fresh -> {
          types.add(fresh);
          return types.size() - 1;
        });
  }
}
