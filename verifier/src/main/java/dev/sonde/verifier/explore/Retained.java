package dev.sonde.verifier.explore;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.State;

/**
 * A state that paths ended at, reduced to what its own paths needed: registers that are not read
 * any more hold nothing, scalars that decided nothing are unknown, and those whose copies all
 * became so have no id.
 *
 * @param insn where it was kept
 * @param state never to be changed: copy it
 */
public record Retained(int insn, State state) {
  static Retained of(Checkpoint kept, ControlFlow flow) {
    State state = kept.state.copy();
    for (int f = 0; f < state.depth(); f++) {
      int at = f == state.current() ? kept.insn : state.frame(f + 1).callSite();
      generalise(kept, state.own(f), flow.liveRegs(at));
    }
    for (int f = 0; f < state.depth(); f++) {
      dropLoneIds(state, state.own(f));
    }
    return new Retained(kept.insn, state);
  }

  /** An id that nothing else has says nothing, but only what has one, too, would be included. */
  private static void dropLoneIds(State state, Frame frame) {
    for (int r = 0; r < 10; r++) {
      if (hasLoneId(state, frame.reg(r))) {
        frame.setReg(r, withoutId(frame.reg(r)));
      }
    }
    for (int s = 0; s < frame.slots(); s++) {
      if (hasLoneId(state, frame.spill(s))) {
        frame.setSpill(s, withoutId(frame.spill(s)));
      }
    }
  }

  private static boolean hasLoneId(State state, Reg reg) {
    if (!reg.isScalar() || reg.id() == 0) {
      return false;
    }
    int holders = 0;
    for (int f = 0; f < state.depth(); f++) {
      Frame frame = state.frame(f);
      for (int r = 0; r < 10; r++) {
        holders += frame.reg(r).baseId() == reg.baseId() ? 1 : 0;
      }
      for (int s = 0; s < frame.slots(); s++) {
        holders += frame.spill(s).baseId() == reg.baseId() ? 1 : 0;
      }
    }
    return holders == 1;
  }

  private static Reg withoutId(Reg reg) {
    return reg.unlinked().withFlags(reg.flags() & Reg.UNTRUSTED);
  }

  private static void generalise(Checkpoint kept, Frame frame, int live) {
    int f = frame.number();
    for (int r = 0; r < 10; r++) {
      Reg reg = frame.reg(r);
      if ((live & 1 << r) == 0) {
        frame.setReg(r, Reg.NOT_INIT);
      } else if (reg.isScalar() && !kept.isPrecise(f, r)) {
        frame.setReg(r, unknown(reg));
      }
    }
    for (int s = 0; s < frame.slots(); s++) {
      boolean read = (kept.readSlots[f] & 1L << s) != 0;
      if (!read && !frame.isObject(s)) {
        for (int j = 0; j < Frame.SLOT_BYTES; j++) {
          frame.setType(s * Frame.SLOT_BYTES + j, Frame.INVALID);
        }
        frame.setSpill(s, Reg.NOT_INIT);
      } else if (frame.spill(s).isScalar() && !kept.isSlotPrecise(f, s)) {
        frame.setSpill(s, unknown(frame.spill(s)));
      }
    }
  }

  /** What may be followed stays so: it is what a load needs, and no matter of precision. */
  private static Reg unknown(Reg reg) {
    return reg.has(Reg.UNTRUSTED) ? Reg.UNKNOWN.withFlags(Reg.UNTRUSTED) : Reg.UNKNOWN;
  }
}
