package dev.sonde.verifier.explore;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reference;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether all that can happen from one state can happen from an older one that was proved safe
 * ({@code states_equal}, Linux 6.18): V-171 to V-173.
 */
final class Comparison {
  /** How much of a scalar counts. */
  enum Mode {
    /** Only what was found to decide safety. */
    PRECISE,
    /** Every range, precise or not: the older state's own paths are not yet all walked. */
    RANGES,
    /** All is the same: going on would be going round. */
    EXACT
  }

  private final ControlFlow flow;
  private final boolean strict;
  private final Map<Integer, Integer> newByOld = new HashMap<>();
  private final Map<Integer, Integer> oldByNew = new HashMap<>();
  private int freshId;

  Comparison(ControlFlow flow, boolean strict) {
    this.flow = flow;
    this.strict = strict;
  }

  /** Tells whether {@code now}, at the insn of {@code old}, is covered by it. */
  boolean covers(Checkpoint old, State now, Mode mode) {
    State before = old.state;
    if (before.depth() != now.depth()
        || before.lockId() != now.lockId()
        || before.references().size() != now.references().size()) {
      return false;
    }
    newByOld.clear();
    oldByNew.clear();
    freshId = Integer.MAX_VALUE;
    if (!sameReferences(before.references(), now.references())) {
      return false;
    }
    for (int f = before.current(); f >= 0; f--) {
      int at = f == before.current() ? old.insn : before.frame(f + 1).callSite();
      if (!covers(old, before.frame(f), now.frame(f), flow.liveRegs(at), mode)) {
        return false;
      }
    }
    return true;
  }

  private boolean sameReferences(List<Reference> before, List<Reference> now) {
    boolean same = true;
    for (int i = 0; i < before.size(); i++) {
      same &= sameId(before.get(i).id(), now.get(i).id());
    }
    return same;
  }

  private boolean covers(Checkpoint old, Frame before, Frame now, int live, Mode mode) {
    boolean sameFunction =
        before.callSite() == now.callSite()
            && before.subprogram() == now.subprogram()
            && before.callback() == now.callback();
    if (!sameFunction || before.callbackDepth() > now.callbackDepth()) {
      return false;
    }
    if (before == now && mode != Mode.EXACT && isIdFree(before)) {
      return true;
    }
    for (int r = 0; r < 10; r++) {
      boolean counts = (live & 1 << r) != 0 || mode == Mode.EXACT;
      boolean precise = old.isPrecise(before.number(), r);
      if (counts && !regCovers(before.reg(r), now.reg(r), precise, mode)) {
        return false;
      }
    }
    return stackCovers(old, before, now, mode);
  }

  /** Frames that are the same object need no comparison unless ids relate them to others. */
  private static boolean isIdFree(Frame frame) {
    for (int r = 0; r < 10; r++) {
      if (frame.reg(r).id() != 0) {
        return false;
      }
    }
    for (int s = 0; s < frame.slots(); s++) {
      if (frame.spill(s).id() != 0) {
        return false;
      }
    }
    return true;
  }

  // ---- registers
  // -----------------------------------------------------------------------------------

  private boolean regCovers(Reg before, Reg now, boolean precise, Mode mode) {
    if (mode == Mode.EXACT) {
      return isExact(before, now);
    }
    if (before.kind() == RegKind.NOT_INIT) {
      return true;
    }
    if (before.kind() != now.kind() || before.flags() != now.flags() && !before.isScalar()) {
      return false;
    }
    return switch (before.kind()) {
      case SCALAR -> {
        boolean follows = !before.has(Reg.UNTRUSTED) || now.has(Reg.UNTRUSTED);
        yield follows && (!precise && mode == Mode.PRECISE || scalarCovers(before, now));
      }
      case MAP_KEY, MAP_VALUE, MEM, BUF, TP_BUFFER ->
          before.off() == now.off()
              && before.extra() == now.extra()
              && java.util.Objects.equals(before.of(), now.of())
              && before.var().includes(now.var())
              && sameId(before.id(), now.id())
              && sameId(before.refId(), now.refId());
      case PACKET, PACKET_META ->
          before.provesNoMoreThan(now)
              && before.off() == now.off()
              && sameId(before.id(), now.id())
              && before.var().includes(now.var());
      default -> isExact(before, now);
    };
  }

  private boolean scalarCovers(Reg before, Reg now) {
    boolean sameDelta =
        before.distance() == now.distance()
            && (before.distance() == 0 || before.off() == now.off())
            && before.has(Reg.SHIFTED) == now.has(Reg.SHIFTED);
    return (before.id() == 0 || sameDelta)
        && before.var().includes(now.var())
        && sameScalarId(before.baseId(), now.baseId());
  }

  private boolean isExact(Reg before, Reg now) {
    return before.kind() == now.kind()
        && before.flags() == now.flags()
        && before.off() == now.off()
        && before.extra() == now.extra()
        && java.util.Objects.equals(before.of(), now.of())
        && before.var().equals(now.var())
        && sameId(before.id(), now.id())
        && sameId(before.refId(), now.refId());
  }

  /** A scalar that was linked must be linked to the same ones now. */
  private boolean sameScalarId(int before, int now) {
    return before == 0 || sameId(before, now == 0 ? freshId-- : now);
  }

  /** Ids need not be equal, but to correspond one to one throughout both states. */
  private boolean sameId(int before, int now) {
    if (before == 0 || now == 0) {
      return before == now;
    }
    Integer known = newByOld.putIfAbsent(before, now);
    Integer reverse = oldByNew.putIfAbsent(now, before);
    return (known == null || known == now) && (reverse == null || reverse == before);
  }

  // ---- stack
  // ---------------------------------------------------------------------------------------

  private boolean stackCovers(Checkpoint old, Frame before, Frame now, Mode mode) {
    if (mode == Mode.EXACT && before.slots() != now.slots()) {
      return false;
    }
    long read = old.readSlots[before.number()];
    for (int s = 0; s < before.slots(); s++) {
      boolean counts = mode != Mode.PRECISE || (read & 1L << s) != 0;
      boolean precise = old.isSlotPrecise(before.number(), s);
      if (counts && !slotCovers(before, now, s, precise, mode)) {
        return false;
      }
    }
    return true;
  }

  private boolean slotCovers(Frame before, Frame now, int slot, boolean precise, Mode mode) {
    if (mode != Mode.EXACT) {
      Reg oldScalar = wholeScalar(before, slot);
      Reg newScalar = wholeScalar(now, slot);
      if (oldScalar != null && newScalar != null) {
        return regCovers(oldScalar, newScalar, precise, mode);
      }
    }
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      int index = slot * Frame.SLOT_BYTES + j;
      if (!typeCovers(before.type(index), now.type(index), mode)) {
        return false;
      }
    }
    return !before.isSpill(slot) || regCovers(before.spill(slot), now.spill(slot), precise, mode);
  }

  private boolean typeCovers(byte before, byte now, Mode mode) {
    if (before == now) {
      return true;
    }
    if (mode == Mode.EXACT) {
      return false;
    }
    return before == Frame.INVALID
        || before == Frame.MISC && (now == Frame.ZERO || !strict && now != Frame.DYNPTR);
  }

  /** Returns the 8 bytes as one scalar: a spilled one, or unknown where they are just bytes. */
  private @Nullable Reg wholeScalar(Frame frame, int slot) {
    if (frame.isFullSpill(slot)) {
      return frame.spill(slot).isScalar() ? frame.spill(slot) : null;
    }
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      byte type = frame.type(slot * Frame.SLOT_BYTES + j);
      if (type != Frame.MISC && (type != Frame.INVALID || strict)) {
        return null;
      }
    }
    return Reg.UNKNOWN;
  }
}
