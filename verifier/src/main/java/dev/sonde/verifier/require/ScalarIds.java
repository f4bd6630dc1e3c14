package dev.sonde.verifier.require;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Opcodes;
import java.util.Arrays;

/** Scalars that are known to be equal, or a constant apart, share an id (V-43). */
final class ScalarIds {
  private static final int MAX_LINKED = 6;

  /** Marks a place in {@link Path#linked} that is a stack slot. */
  static final int SLOT = 1 << 16;

  private ScalarIds() {}

  /** Returns the scalar as it is before it is copied: with an id, unless it is constant. */
  static Reg named(Step step, Reg reg) {
    if (!reg.isScalar()) {
      return reg;
    }
    Reg result = reg.distance() != 0 ? reg.unlinked() : reg;
    return result.id() == 0 && !result.var().isConstant() ? result.withId(step.newId()) : result;
  }

  /**
   * Returns {@code result}, of {@code dst} moved by {@code by}: still linked if that is small, and
   * for an addition in 32 bits, if {@code dst} fits them.
   */
  static Reg added(Reg result, Reg dst, long by, boolean wide) {
    boolean keeps =
        dst.id() != 0
            && !dst.has(Reg.SHIFTED)
            && dst.distance() == 0
            && by == (int) by
            && (wide || dst.widthBits() <= 32);
    int mark = wide ? Reg.ADD_CONST : Reg.ADD_CONST32;
    return keeps ? result.withId(dst.id() | mark).withOff((int) by) : result.unlinked();
  }

  /**
   * Returns all places whose scalar has the id of {@code reg}; those past the limit lose it.
   * Registers that are not read any more are left out: nothing is learnt of them.
   */
  static int[] collect(Step step, Reg reg, int[] into) {
    if (reg.id() == 0 || reg.has(Reg.SHIFTED)) {
      return into;
    }
    State state = step.state();
    int[] places = into;
    for (int f = state.current(); f >= 0; f--) {
      Frame frame = state.frame(f);
      int at = f == state.current() ? step.at() : state.frame(f + 1).callSite();
      int live = step.flow().liveRegs(at);
      for (int r = 0; r < 10; r++) {
        if ((live & 1 << r) != 0 && isLinked(frame.reg(r), reg)) {
          if (places.length >= MAX_LINKED) {
            state.own(f).setReg(r, frame.reg(r).unlinked());
          } else {
            places = add(places, f << 8 | r);
          }
        }
      }
      for (int s = 0; s < frame.slots(); s++) {
        if (isLinked(frame.spill(s), reg)) {
          if (places.length >= MAX_LINKED) {
            state.own(f).setSpill(s, frame.spill(s).unlinked());
          } else {
            places = add(places, SLOT | f << 8 | s);
          }
        }
      }
    }
    return places;
  }

  private static int[] add(int[] places, int place) {
    int[] longer = Arrays.copyOf(places, places.length + 1);
    longer[places.length] = place;
    return longer;
  }

  private static boolean isLinked(Reg candidate, Reg reg) {
    return candidate.isScalar()
        && !candidate.has(Reg.SHIFTED)
        && candidate.id() != 0
        && candidate.baseId() == reg.baseId();
  }

  /** Copies what is known of {@code known} to all that are linked with it. */
  static void spread(State state, int[] places, Reg known) {
    if (known.id() == 0 || known.has(Reg.SHIFTED)) {
      return;
    }
    for (int place : places) {
      int f = place >> 8 & 0xff;
      int index = place & 0xff;
      boolean slot = (place & SLOT) != 0;
      Reg reg = slot ? state.frame(f).spill(index) : state.frame(f).reg(index);
      if (!isLinked(reg, known) || reg == known) {
        continue;
      }
      Reg taught = taught(reg, known);
      if (slot) {
        state.own(f).setSpill(index, taught);
      } else {
        state.own(f).setReg(index, taught);
      }
    }
  }

  /**
   * Sums in 32 and in 64 bits teach each other nothing, as in the kernel: they are not a constant
   * apart. What the id itself stands for fits 32 bits where there is a sum in 32 bits.
   */
  private static Reg taught(Reg reg, Reg known) {
    if (reg.distance() == known.distance() && reg.off() == known.off()) {
      return known;
    }
    int marks = reg.distance() | known.distance();
    if (marks == (Reg.ADD_CONST | Reg.ADD_CONST32)) {
      return reg;
    }
    ScalarDomain domain = ScalarDomain.LINUX;
    Scalar delta = domain.constant((long) reg.off() - known.off());
    return reg.withVar(domain.alu(Opcodes.ADD, marks != Reg.ADD_CONST32, known.var(), delta));
  }
}
