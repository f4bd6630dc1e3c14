package dev.sonde.verifier.certify;

import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reference;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether one state stands for all executions that another stands for. Plain inclusion, register by
 * register and byte by byte, under one renaming of ids: nothing is left out because it seems dead
 * or unimportant.
 */
final class Inclusion {
  private final IdMatch ids = new IdMatch();

  /** Tells whether every execution that {@code special} allows is one that {@code general} does. */
  boolean includes(State general, State special) {
    ids.clear();
    if (general.depth() != special.depth()
        || general.lockId() != 0 != (special.lockId() != 0)
        || !ids.matches(general.lockId(), special.lockId())
        || !sameReferences(general.references(), special.references())) {
      return false;
    }
    for (int frame = general.current(); frame >= 0; frame--) {
      if (!includes(general.frame(frame), special.frame(frame))) {
        return false;
      }
    }
    return true;
  }

  private boolean sameReferences(List<Reference> general, List<Reference> special) {
    if (general.size() != special.size()) {
      return false;
    }
    for (int i = 0; i < general.size(); i++) {
      if (!ids.matches(general.get(i).id(), special.get(i).id())) {
        return false;
      }
    }
    return true;
  }

  /** The fewer turns of a callback are behind a state, the more may follow. */
  private boolean includes(Frame general, Frame special) {
    if (general.subprogram() != special.subprogram()
        || general.callSite() != special.callSite()
        || general.callback() != special.callback()
        || general.callbackDepth() > special.callbackDepth()) {
      return false;
    }
    for (int register = 0; register < Opcodes.REGISTERS; register++) {
      if (!includes(general.reg(register), special.reg(register))) {
        return false;
      }
    }
    for (int slot = Math.max(general.slots(), special.slots()) - 1; slot >= 0; slot--) {
      if (!slotIncludes(general, special, slot)) {
        return false;
      }
    }
    return true;
  }

  /** An unreadable register stands for anything: no insn may look at it. */
  private boolean includes(Reg general, Reg special) {
    if (general.kind() == RegKind.NOT_INIT) {
      return true;
    }
    if (general == special && general.id() == 0 && general.refId() == 0) {
      return true;
    }
    boolean sameFlags = general.flags() == special.flags();
    if (general.kind() != special.kind() || !sameFlags && !general.isScalar()) {
      return false;
    }
    return general.isScalar()
        ? scalarIncludes(general, special)
        : pointerIncludes(general, special);
  }

  /** A scalar without an id claims nothing about its copies; one with an id needs the same. */
  private boolean scalarIncludes(Reg general, Reg special) {
    boolean grants = (general.flags() & ~special.flags()) == 0; // each flag is one thing more known
    if (!grants || !general.var().includes(special.var())) {
      return false;
    }
    if (general.id() == 0) {
      return true;
    }
    boolean sameDistance =
        general.distance() == special.distance()
            && (general.distance() == 0 || general.off() == special.off());
    boolean sameMeaning = general.has(Reg.SHIFTED) == special.has(Reg.SHIFTED);
    return sameDistance && sameMeaning && ids.matches(general.baseId(), special.baseId());
  }

  private boolean pointerIncludes(Reg general, Reg special) {
    boolean packet = general.kind().isPacket();
    return general.off() == special.off()
        && general.var().includes(special.var())
        && (packet ? general.provesNoMoreThan(special) : general.extra() == special.extra())
        && isSame(general.of(), special.of())
        && ids.matches(general.id(), special.id())
        && ids.matches(general.refId(), special.refId());
  }

  /** Maps are the same or they are not; types have names. */
  private static boolean isSame(@Nullable Object general, @Nullable Object special) {
    return general == special
        || general != null && !(general instanceof BpfMap) && general.equals(special);
  }

  private boolean slotIncludes(Frame general, Frame special, int slot) {
    boolean sameBytes = general.types(slot) == special.types(slot);
    if (general.isObject(slot) || special.isObject(slot)) {
      return sameBytes && includes(general.spill(slot), special.spill(slot));
    }
    for (int at = slot * Frame.SLOT_BYTES; !sameBytes && at < (slot + 1) * Frame.SLOT_BYTES; at++) {
      byte wanted = general.type(at);
      if (wanted == Frame.SPILL && special.type(at) != Frame.SPILL
          || wanted == Frame.ZERO && !isZero(special, slot, at)) {
        return false;
      }
    }
    return !general.hasSpill(slot) || includes(general.spill(slot), special.spill(slot));
  }

  private static boolean isZero(Frame frame, int slot, int at) {
    return frame.type(at) == Frame.ZERO
        || frame.type(at) == Frame.SPILL && frame.spill(slot).isConstant(0);
  }
}
