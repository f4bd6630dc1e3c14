package dev.sonde.vm.btf;

import dev.sonde.vm.btf.BtfType.Member;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds in a target type the place that a local path names: by the names of members, wherever they
 * stand, looking through unnamed structs and unions.
 */
final class CoreMatcher {
  private static final int MAX_DEPTH = 32;

  private final CorePath local;
  private final Btf target;
  private final List<CorePath.Step> steps = new ArrayList<>();
  private int typeId;
  private long bits;

  private CoreMatcher(CorePath local, Btf target, int candidateId) {
    this.local = local;
    this.target = target;
    this.typeId = candidateId;
  }

  /**
   * Returns the path in type {@code candidateId} of {@code target}; null if it has no such place.
   */
  static @Nullable CorePath match(CorePath local, Btf target, int candidateId) {
    CoreMatcher matcher = new CoreMatcher(local, target, candidateId);
    boolean found = true;
    for (int i = 0; found && i < local.steps().size(); i++) {
      CorePath.Step step = local.steps().get(i);
      Member member = step.member();
      found = member == null ? matcher.enterElement(step, i == 0) : matcher.enterMember(member);
    }
    return found ? new CorePath(target, candidateId, matcher.steps, matcher.bits) : null;
  }

  private boolean enterElement(CorePath.Step step, boolean root) {
    if (!root) {
      if (!(target.resolved(typeId) instanceof BtfType.Array array)
          || !CorePath.mayHold(array, step.index())) {
        return false;
      }
      typeId = array.element();
    }
    typeId = target.resolve(typeId);
    bits += 8L * step.index() * target.sizeBytes(typeId);
    steps.add(new CorePath.Step(typeId, step.index(), null));
    return true;
  }

  private boolean enterMember(Member wanted) {
    return enterMember(wanted, target.resolve(typeId), bits, 0);
  }

  private boolean enterMember(Member wanted, int structId, long baseBits, int depth) {
    if (!(target.type(structId) instanceof BtfType.Struct struct) || depth > MAX_DEPTH) {
      return false;
    }
    for (int i = 0; i < struct.members().size(); i++) {
      Member member = struct.members().get(i);
      long offset = baseBits + Integer.toUnsignedLong(member.bitOffset());
      if (member.name().isEmpty()) {
        if (enterMember(wanted, target.resolve(member.type()), offset, depth + 1)) {
          return true;
        }
      } else if (member.name().equals(wanted.name())
          && compatible(wanted.type(), member.type(), 0)) {
        steps.add(new CorePath.Step(structId, i, member));
        typeId = member.type();
        bits = offset;
        return true;
      }
    }
    return false;
  }

  /** Tells whether a field of the target's type can be read as one of the local type. */
  private boolean compatible(int localId, int targetId, int depth) {
    BtfType a = local.btf().resolved(localId);
    BtfType b = target.resolved(targetId);
    if (a instanceof BtfType.Struct && b instanceof BtfType.Struct) {
      return true;
    }
    if (!CoreTarget.sameKind(a, b) || depth > MAX_DEPTH) {
      return false;
    }
    if (a instanceof BtfType.Forward || a instanceof BtfType.Enum) {
      return a.name().isEmpty()
          || b.name().isEmpty()
          || CoreTarget.essential(a.name()).equals(CoreTarget.essential(b.name()));
    }
    if (a instanceof BtfType.Array from && b instanceof BtfType.Array to) {
      return compatible(from.element(), to.element(), depth + 1);
    }
    return a instanceof BtfType.Ptr
        || a instanceof BtfType.FloatType
        || a instanceof BtfType.Int from
            && b instanceof BtfType.Int to
            && from.bitOffset() == 0
            && to.bitOffset() == 0;
  }
}
