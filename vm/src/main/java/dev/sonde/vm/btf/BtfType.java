package dev.sonde.vm.btf;

import java.util.List;

/** A type of the BPF Type Format; references are type ids. */
public sealed interface BtfType {
  String name();

  record Void() implements BtfType {
    @Override
    public String name() {
      return "void";
    }
  }

  /** An integer of {@code bits}, at {@code bitOffset} of {@code sizeBytes}. */
  record Int(
      String name,
      int sizeBytes,
      int bits,
      int bitOffset,
      boolean signed,
      boolean isChar,
      boolean isBool)
      implements BtfType {}

  record Ptr(String name, int target) implements BtfType {}

  record Array(String name, int element, int index, int count) implements BtfType {}

  /** A struct, or a union when {@code union}. */
  record Struct(String name, boolean union, int sizeBytes, List<Member> members)
      implements BtfType {}

  /** {@code bitSize} is 0 unless it is a bit field. */
  record Member(String name, int type, int bitOffset, int bitSize) {}

  record Enum(String name, int sizeBytes, boolean signed, boolean is64, List<EnumValue> values)
      implements BtfType {}

  record EnumValue(String name, long value) {}

  record Forward(String name, boolean union) implements BtfType {}

  record Typedef(String name, int target) implements BtfType {}

  /** const, volatile, restrict or a type tag. */
  record Modifier(String name, Kind kind, int target) implements BtfType {
    public enum Kind {
      VOLATILE,
      CONST,
      RESTRICT,
      TYPE_TAG
    }
  }

  record Func(String name, int proto, Linkage linkage) implements BtfType {}

  record FuncProto(String name, int returns, List<Param> params) implements BtfType {}

  record Param(String name, int type) {}

  record Var(String name, int type, Linkage linkage) implements BtfType {}

  record DataSec(String name, int sizeBytes, List<SecVar> vars) implements BtfType {}

  record SecVar(int var, int offsetBytes, int sizeBytes) {}

  record FloatType(String name, int sizeBytes) implements BtfType {}

  /** A declaration tag on {@code target}; {@code component} is a member or parameter, -1: whole. */
  record DeclTag(String name, int target, int component) implements BtfType {}

  /** The linkage of a function or variable. */
  enum Linkage {
    STATIC,
    GLOBAL,
    EXTERN
  }
}
