package dev.sonde.verifier.require;

import dev.sonde.verifier.domain.Decision;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/** What a comparison with the packet's end teaches (V-44, V-74). */
final class PacketRanges {
  private static final int MAX_PACKET_OFF = 0xffff;
  private static final int AT_END = -1;
  private static final int BEYOND_END = -2;

  private PacketRanges() {}

  static Decision decide(int op, Reg dst, Reg src) {
    Reg packet;
    int direct;
    if (src.kind() == RegKind.PACKET_END) {
      packet = dst;
      direct = op;
    } else if (dst.kind() == RegKind.PACKET_END) {
      packet = src;
      direct = flipped(op);
    } else {
      return Decision.UNKNOWN;
    }
    if (packet.extra() >= 0 || !packet.kind().isPacket()) {
      return Decision.UNKNOWN;
    }
    boolean beyond = packet.extra() == BEYOND_END;
    return switch (direct) {
      case Opcodes.JGT -> beyond ? Decision.ALWAYS : Decision.UNKNOWN;
      case Opcodes.JLE -> beyond ? Decision.NEVER : Decision.UNKNOWN;
      case Opcodes.JGE -> Decision.ALWAYS;
      case Opcodes.JLT -> Decision.NEVER;
      default -> Decision.UNKNOWN;
    };
  }

  private static int flipped(int op) {
    return switch (op) {
      case Opcodes.JGT -> Opcodes.JLT;
      case Opcodes.JLT -> Opcodes.JGT;
      case Opcodes.JGE -> Opcodes.JLE;
      case Opcodes.JLE -> Opcodes.JGE;
      default -> op;
    };
  }

  static void learn(int op, Reg dst, Reg src, State here, State jumped, Insn insn) {
    if (isEnd(dst, src)) {
      learn(op, dst, insn.dst(), here, jumped);
    } else if (isEnd(src, dst)) {
      learn(flipped(op), src, insn.src(), here, jumped);
    }
  }

  /**
   * Tells whether {@code end} bounds {@code packet}: data_end the packet, data the metadata. A
   * pointer that was moved by a variable has an id.
   */
  private static boolean isEnd(Reg packet, Reg end) {
    boolean initial = end.kind() == RegKind.PACKET && end.id() == 0 && end.off() == 0;
    return packet.kind() == RegKind.PACKET && end.kind() == RegKind.PACKET_END
        || packet.kind() == RegKind.PACKET_META && initial;
  }

  /** {@code packet op end}, where {@code jumped} is where it holds. */
  private static void learn(int op, Reg packet, int regno, State here, State jumped) {
    switch (op) {
      case Opcodes.JGT -> {
        prove(here, packet, false);
        markEnd(jumped, regno, BEYOND_END);
      }
      case Opcodes.JLT -> {
        prove(jumped, packet, true);
        markEnd(here, regno, AT_END);
      }
      case Opcodes.JGE -> {
        prove(here, packet, true);
        markEnd(jumped, regno, AT_END);
      }
      case Opcodes.JLE -> {
        prove(jumped, packet, false);
        markEnd(here, regno, BEYOND_END);
      }
      default -> {}
    }
  }

  private static void markEnd(State state, int regno, int mark) {
    Reg reg = state.reg(regno);
    if (reg.kind() == RegKind.PACKET) {
      state.setReg(regno, reg.withExtra(mark));
    }
  }

  /** All copies of the pointer may touch what lies between it and its base. */
  private static void prove(State state, Reg packet, boolean open) {
    long umax = packet.var().umax();
    boolean tooFar =
        Long.compareUnsigned(umax, MAX_PACKET_OFF) > 0 || umax + packet.off() > MAX_PACKET_OFF;
    if (packet.off() < 0 || packet.off() == 0 && open || tooFar) {
      return;
    }
    int range = packet.off() + (open ? 1 : 0);
    state.replaceAll(
        reg ->
            reg.kind() == packet.kind()
                    && reg.flags() == 0
                    && reg.id() == packet.id()
                    && reg.extra() < range
                ? reg.withExtra(range)
                : reg);
  }
}
