package dev.sonde.verifier.kernel;

import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.SpecialField;
import java.util.ArrayList;
import java.util.List;

/** The BTF of a map whose values hold what only helpers may touch. */
final class FieldBtf {
  /** The types of the map's key and value. */
  static final int KEY = 1;

  static final int VALUE = 4;

  private FieldBtf() {}

  static byte[] bytes(MapSpec spec) {
    BtfBytes btf = new BtfBytes();
    int word = btf.addInt("int", 4); // KEY
    int lock = opaque(btf, SpecialField.Kind.SPIN_LOCK, word);
    int timer = opaque(btf, SpecialField.Kind.TIMER, word);
    List<SpecialField> fields = spec.specialFields();
    List<Integer> members = new ArrayList<>();
    for (SpecialField field : fields) {
      members.add(btf.name("at" + field.offsetBytes()));
      members.add(field.kind() == SpecialField.Kind.SPIN_LOCK ? lock : timer);
      members.add(Byte.SIZE * field.offsetBytes());
    }
    int[] more = members.stream().mapToInt(Integer::intValue).toArray();
    btf.add(BtfBytes.STRUCT, "value", fields.size(), spec.valueSizeBytes(), more); // VALUE
    return btf.toBytes();
  }

  private static int opaque(BtfBytes btf, SpecialField.Kind kind, int word) {
    return btf.add(
        BtfBytes.STRUCT, kind.structName(), 1, kind.sizeBytes(), btf.name("opaque"), word, 0);
  }
}
