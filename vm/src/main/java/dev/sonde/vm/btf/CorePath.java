package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.Member;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place that an access string spells: from a root type through array elements and members, such
 * as {@code 0:1:2:3} for {@code &root[0].second.third[3]}.
 *
 * @param rootId the type that the path starts from
 * @param steps array indices and named members; unnamed members only add to the offset
 * @param bitOffset of the place in the root
 */
record CorePath(Btf btf, int rootId, List<Step> steps, long bitOffset) {
  /**
   * @param typeId an array's element type, or the struct whose member {@code index} is meant
   * @param member null for an array element
   */
  record Step(int typeId, int index, @Nullable Member member) {}

  CorePath {
    steps = List.copyOf(steps);
  }

  /**
   * Reads an access string of a field relocation.
   *
   * @throws ObjectFormatException if it leads nowhere
   */
  static CorePath parse(Btf btf, int rootId, String access) {
    String where = "access \"%s\" of type %d".formatted(access, rootId);
    int[] indices = indices(access, where);
    List<Step> steps = new ArrayList<>();
    int typeId = btf.resolve(rootId);
    steps.add(new Step(typeId, indices[0], null));
    long bits = 8L * indices[0] * btf.sizeBytes(typeId);
    for (int i = 1; i < indices.length; i++) {
      int index = indices[i];
      BtfType type = btf.resolved(typeId);
      if (type instanceof BtfType.Struct struct && index < struct.members().size()) {
        Member member = struct.members().get(index);
        if (!member.name().isEmpty()) {
          steps.add(new Step(btf.resolve(typeId), index, member));
        }
        bits += Integer.toUnsignedLong(member.bitOffset());
        typeId = member.type();
      } else if (type instanceof BtfType.Array array && mayHold(array, index)) {
        typeId = btf.resolve(array.element());
        steps.add(new Step(typeId, index, null));
        bits += 8L * index * btf.sizeBytes(typeId);
      } else {
        throw new ObjectFormatException(
            where, "index " + index, type.name(), "a member or element");
      }
    }
    return new CorePath(btf, rootId, steps, bits);
  }

  /** Returns the only index of an access string of a type or enumerator relocation. */
  static int index(String access, int typeId) {
    String where = "access \"%s\" of type %d".formatted(access, typeId);
    return indices(access, where)[0];
  }

  /** Tells whether {@code array} has an element {@code index}; one without a size has any. */
  static boolean mayHold(BtfType.Array array, int index) {
    return array.count() == 0 || Integer.compareUnsigned(index, array.count()) < 0;
  }

  Step last() {
    return steps.get(steps.size() - 1);
  }

  private static int[] indices(String access, String where) {
    String[] words = access.split(":", -1);
    if (words.length > 64) { // BPF_CORE_SPEC_MAX_LEN
      throw new ObjectFormatException(where, "indices", words.length, "at most 64");
    }
    int[] indices = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      boolean number = words[i].matches("[0-9]{1,9}");
      if (!number) {
        throw new ObjectFormatException(where, "index", "\"" + words[i] + "\"", "a number");
      }
      indices[i] = Integer.parseInt(words[i]);
    }
    return indices;
  }
}
