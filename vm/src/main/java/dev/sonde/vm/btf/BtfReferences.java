package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.Member;
import dev.sonde.vm.btf.BtfType.Param;
import dev.sonde.vm.btf.BtfType.SecVar;
import java.util.List;
import java.util.stream.IntStream;

/** Checks that every reference between types names a type of the table. */
final class BtfReferences {
  private BtfReferences() {}

  static void check(List<BtfType> types, String where) {
    for (int id = 0; id < types.size(); id++) {
      int from = id;
      references(types.get(id))
          .filter(to -> to < 0 || to >= types.size())
          .findFirst()
          .ifPresent(
              to -> {
                throw new ObjectFormatException(
                    "%s: type %d \"%s\"".formatted(where, from, types.get(from).name()),
                    "reference",
                    Integer.toUnsignedString(to),
                    "a type id below " + types.size());
              });
    }
  }

  private static IntStream references(BtfType type) {
    if (type instanceof BtfType.Struct struct) {
      return struct.members().stream().mapToInt(Member::type);
    }
    if (type instanceof BtfType.FuncProto proto) {
      return IntStream.concat(
          IntStream.of(proto.returns()), proto.params().stream().mapToInt(Param::type));
    }
    if (type instanceof BtfType.DataSec section) {
      return section.vars().stream().mapToInt(SecVar::var);
    }
    if (type instanceof BtfType.Array array) {
      return IntStream.of(array.element(), array.index());
    }
    return single(type);
  }

  private static IntStream single(BtfType type) {
    if (type instanceof BtfType.Ptr ptr) {
      return IntStream.of(ptr.target());
    }
    if (type instanceof BtfType.Typedef typedef) {
      return IntStream.of(typedef.target());
    }
    if (type instanceof BtfType.Modifier modifier) {
      return IntStream.of(modifier.target());
    }
    if (type instanceof BtfType.Func func) {
      return IntStream.of(func.proto());
    }
    if (type instanceof BtfType.Var variable) {
      return IntStream.of(variable.type());
    }
    if (type instanceof BtfType.DeclTag tag) {
      return IntStream.of(tag.target());
    }
    return IntStream.empty();
  }
}
