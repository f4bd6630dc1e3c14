package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.EnumValue;
import dev.sonde.vm.btf.BtfType.Member;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Compares types of two BTFs, for the relocations that ask about whole types. */
final class CoreTypes {
  private static final int MAX_DEPTH = 32;

  private final Btf local;
  private final Btf target;

  CoreTypes(Btf local, Btf target) {
    this.local = local;
    this.target = target;
  }

  /** Tells whether the types exist as each other: names of what they are made of do not count. */
  boolean compatible(int localId, int targetId) {
    return compatible(localId, targetId, MAX_DEPTH);
  }

  private boolean compatible(int localId, int targetId, int depth) {
    BtfType a = local.resolved(localId);
    BtfType b = target.resolved(targetId);
    if (!CoreTarget.sameKind(a, b) || depth < 0) {
      return false;
    }
    if (a instanceof BtfType.Ptr from && b instanceof BtfType.Ptr to) {
      return compatible(from.target(), to.target(), depth - 1);
    }
    if (a instanceof BtfType.Array from && b instanceof BtfType.Array to) {
      return compatible(from.element(), to.element(), depth - 1);
    }
    if (a instanceof BtfType.FuncProto from && b instanceof BtfType.FuncProto to) {
      return everyParam(from, to, (p, q) -> compatible(p, q, depth - 1))
          && compatible(from.returns(), to.returns(), depth - 1);
    }
    return !(a instanceof BtfType.Int from)
        || from.bitOffset() == 0 && ((BtfType.Int) b).bitOffset() == 0;
  }

  /** Tells whether the target's type has everything that the local one has, in the same types. */
  boolean matches(int localId, int targetId) {
    return matches(localId, targetId, false, MAX_DEPTH);
  }

  private boolean matches(int localId, int targetId, boolean behindPointer, int depth) {
    BtfType a = local.resolved(localId);
    BtfType b = target.resolved(targetId);
    if (depth < 0 || !CoreTarget.essential(a.name()).equals(CoreTarget.essential(b.name()))) {
      return false;
    }
    if (behindPointer && a instanceof BtfType.Forward forward && b instanceof BtfType.Struct to) {
      return forward.union() == to.union();
    }
    if (behindPointer && a instanceof BtfType.Struct from && b instanceof BtfType.Forward forward) {
      return forward.union() == from.union();
    }
    return CoreTarget.sameKind(a, b) && insideMatches(a, b, behindPointer, depth - 1);
  }

  private boolean insideMatches(BtfType a, BtfType b, boolean behindPointer, int depth) {
    if (a instanceof BtfType.Forward from) {
      return from.union() == ((BtfType.Forward) b).union();
    }
    if (a instanceof BtfType.Enum from) {
      return enumMatches(from, (BtfType.Enum) b);
    }
    if (a instanceof BtfType.Struct from) {
      return behindPointer || membersMatch(from, (BtfType.Struct) b, depth);
    }
    if (a instanceof BtfType.Int from && b instanceof BtfType.Int to) {
      return from.bits() == to.bits()
          && from.signed() == to.signed()
          && from.bitOffset() == to.bitOffset();
    }
    if (a instanceof BtfType.Ptr from && b instanceof BtfType.Ptr to) {
      return matches(from.target(), to.target(), true, depth);
    }
    if (a instanceof BtfType.Array from && b instanceof BtfType.Array to) {
      return from.count() == to.count() && matches(from.element(), to.element(), false, depth);
    }
    if (a instanceof BtfType.FuncProto from && b instanceof BtfType.FuncProto to) {
      return everyParam(from, to, (p, q) -> matches(p, q, false, depth))
          && matches(from.returns(), to.returns(), false, depth);
    }
    return a instanceof BtfType.Void || a instanceof BtfType.FloatType;
  }

  private static boolean enumMatches(BtfType.Enum a, BtfType.Enum b) {
    Set<String> there =
        b.values().stream().map(v -> CoreTarget.essential(v.name())).collect(Collectors.toSet());
    return a.values().stream()
        .map(EnumValue::name)
        .allMatch(name -> there.contains(CoreTarget.essential(name)));
  }

  private boolean membersMatch(BtfType.Struct a, BtfType.Struct b, int depth) {
    for (Member wanted : a.members()) {
      boolean found =
          b.members().stream()
              .anyMatch(
                  m ->
                      m.name().equals(wanted.name())
                          && matches(wanted.type(), m.type(), false, depth));
      if (!found) {
        return false;
      }
    }
    return true;
  }

  private interface TypePair {
    boolean holds(int localId, int targetId);
  }

  private static boolean everyParam(BtfType.FuncProto a, BtfType.FuncProto b, TypePair holds) {
    List<BtfType.Param> from = a.params();
    List<BtfType.Param> to = b.params();
    boolean all = from.size() == to.size();
    for (int i = 0; all && i < from.size(); i++) {
      all = holds.holds(from.get(i).type(), to.get(i).type());
    }
    return all;
  }
}
