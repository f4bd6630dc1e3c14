package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.Member;
import org.jspecify.annotations.Nullable;

/**
 * How to read the field at the end of a path: a run of bytes, and for a bit field the shifts that
 * leave its bits alone in 64.
 *
 * @param sizeBytes of the load, 1 to 8 for a bit field
 * @param typeId of the field
 */
record CoreField(
    long byteOffset, int sizeBytes, boolean signed, int leftShift, int rightShift, int typeId) {

  static CoreField at(CorePath path) {
    Member member = path.last().member();
    if (member == null) { // an element of an array, or the root itself
      int typeId = path.last().typeId();
      return plain(path, typeId);
    }
    return member.bitSize() == 0 ? plain(path, member.type()) : bits(path, member);
  }

  private static CoreField plain(CorePath path, int typeId) {
    int size = path.btf().sizeBytes(typeId);
    int shift = 64 - 8 * Math.min(size, 8);
    return new CoreField(
        path.bitOffset() / 8, size, isSigned(path.btf().resolved(typeId)), shift, shift, typeId);
  }

  /** Takes the smallest aligned load of the declared size or more that holds all bits. */
  private static CoreField bits(CorePath path, Member member) {
    BtfType type = path.btf().resolved(member.type());
    long bit = path.bitOffset();
    int size = Math.max(1, path.btf().sizeBytes(member.type()));
    long offset = bit / 8 / size * size;
    while (bit + member.bitSize() - offset * 8 > size * 8L && size < 8) {
      size *= 2;
      offset = bit / 8 / size * size;
    }
    if (size > 8 || bit + member.bitSize() - offset * 8 > size * 8L) {
      throw new ObjectFormatException(
          "bit field \"" + member.name() + "\"", "load", "more than 8 B", "1 to 8 B");
    }
    int left = (int) (64 - (bit + member.bitSize() - offset * 8));
    return new CoreField(offset, size, isSigned(type), left, 64 - member.bitSize(), member.type());
  }

  private static boolean isSigned(@Nullable BtfType type) {
    return type instanceof BtfType.Int integer && integer.signed()
        || type instanceof BtfType.Enum enumeration && enumeration.signed();
  }
}
