package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.Member;
import dev.sonde.vm.btf.BtfType.Param;
import dev.sonde.vm.btf.BtfType.SecVar;
import java.util.List;

/** Checks that every reference between types names a type of the table. */
final class BtfReferences {
  private final List<BtfType> types;
  private final String where;
  private int from;

  private BtfReferences(List<BtfType> types, String where) {
    this.types = types;
    this.where = where;
  }

  static void check(List<BtfType> types, String where) {
    BtfReferences references = new BtfReferences(types, where);
    for (int id = 0; id < types.size(); id++) {
      references.from = id;
      references.checkType(types.get(id));
    }
  }

  private void checkType(BtfType type) {
    if (type instanceof BtfType.Struct struct) {
      for (Member member : struct.members()) {
        check(member.type());
      }
    } else if (type instanceof BtfType.FuncProto proto) {
      check(proto.returns());
      for (Param param : proto.params()) {
        check(param.type());
      }
    } else if (type instanceof BtfType.DataSec section) {
      for (SecVar variable : section.vars()) {
        check(variable.var());
      }
    } else if (type instanceof BtfType.Array array) {
      check(array.element());
      check(array.index());
    } else {
      checkSingle(type);
    }
  }

  private void checkSingle(BtfType type) {
    if (type instanceof BtfType.Ptr ptr) {
      check(ptr.target());
    } else if (type instanceof BtfType.Typedef typedef) {
      check(typedef.target());
    } else if (type instanceof BtfType.Modifier modifier) {
      check(modifier.target());
    } else if (type instanceof BtfType.Func func) {
      check(func.proto());
    } else if (type instanceof BtfType.Var variable) {
      check(variable.type());
    } else if (type instanceof BtfType.DeclTag tag) {
      check(tag.target());
    }
  }

  private void check(int to) {
    if (to < 0 || to >= types.size()) {
      throw new ObjectFormatException(
          "%s: type %d \"%s\"".formatted(where, from, types.get(from).name()),
          "reference",
          Integer.toUnsignedString(to),
          "a type id below " + types.size());
    }
  }
}
