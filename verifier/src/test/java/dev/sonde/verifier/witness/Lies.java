package dev.sonde.verifier.witness;

import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a broken explorer might claim: a state with one thing in it changed. The checker must not
 * believe it, whatever it is; it may only take longer.
 */
final class Lies {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;

  private final SplittableRandom random;

  Lies(SplittableRandom random) {
    this.random = random;
  }

  /** Returns {@code truth}, or most of it. */
  State of(State truth) {
    State lie = truth.copy();
    Frame frame = lie.own(random.nextInt(lie.depth()));
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> {
        int register = random.nextInt(10);
        frame.setReg(register, changed(frame, frame.reg(register)));
      }
      case 3 -> {
        if (frame.slots() > 0) {
          int slot = random.nextInt(frame.slots());
          frame.setSpill(slot, changed(frame, frame.spill(slot)));
        }
      }
      case 4, 5 -> {
        if (frame.slots() > 0) {
          retype(frame, random.nextInt(frame.slots()));
        }
      }
      case 6 -> {
        lie.setReferences(List.of());
        frame.setCallbackDepth(random.nextInt(4));
      }
      default -> lie.setLockId(random.nextInt(3));
    }
    return lie;
  }

  private void retype(Frame frame, int slot) {
    byte type = (byte) random.nextInt(Frame.ZERO + 1);
    int from = random.nextInt(Frame.SLOT_BYTES);
    for (int i = random.nextBoolean() ? from : 0; i < Frame.SLOT_BYTES; i++) {
      frame.setType(slot * Frame.SLOT_BYTES + i, type);
    }
  }

  private Reg changed(Frame frame, Reg reg) {
    return switch (random.nextInt(9)) {
      case 0 -> reg.withVar(DOMAIN.constant(random.nextInt(9)));
      case 1 -> reg.withVar(DOMAIN.unsigned(0, random.nextInt(64)));
      case 2 -> reg.withVar(DOMAIN.unknown());
      case 3 -> reg.withOff(reg.off() + random.nextInt(-8, 9));
      case 4 -> reg.withId(random.nextBoolean() ? 0 : random.nextInt(8));
      case 5 -> reg.withFlags(reg.flags() ^ 1 << random.nextInt(3));
      case 6 -> reg.withExtra(reg.extra() + random.nextInt(-1, 9));
      case 7 -> frame.reg(random.nextInt(10));
      default -> random.nextBoolean() ? Reg.UNKNOWN : Reg.pointer(RegKind.CTX);
    };
  }
}
