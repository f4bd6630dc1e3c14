package dev.sonde.verifier.cfg;

import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ResolvedProgram;
import org.jspecify.annotations.Nullable;

/** Which registers may still be read, by backward data flow over each function (V-12). */
final class Liveness {
  private static final int CALLER_SAVED = 0b111111; // r0 to r5
  private static final int ARGUMENTS = 0b111110;

  private final ControlFlow flow;
  private final ResolvedProgram program;
  private final int[] live;

  private Liveness(ControlFlow flow, ResolvedProgram program) {
    this.flow = flow;
    this.program = program;
    live = new int[flow.insns().size()];
  }

  static int[] compute(ControlFlow flow, ResolvedProgram program) {
    Liveness liveness = new Liveness(flow, program);
    for (int s = 0; s < flow.subprograms(); s++) {
      liveness.settle(flow.start(s), flow.end(s));
    }
    return liveness.live;
  }

  private void settle(int start, int end) {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = end - 1; i >= start; i--) {
        int after = 0;
        for (int successor : flow.successors(i)) {
          after |= live[successor];
        }
        Insn insn = flow.insns().get(i);
        int before = after & ~written(insn) | read(insn);
        changed |= before != live[i];
        live[i] = before;
      }
    }
  }

  private int written(Insn insn) {
    int dst = 1 << insn.dst();
    return switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64, Opcodes.LDX -> dst;
      case Opcodes.LD -> insn.isLdImm64() ? dst : CALLER_SAVED;
      case Opcodes.STX -> atomicResult(insn);
      case Opcodes.JMP -> insn.opcode() == Opcodes.CALL ? CALLER_SAVED : 0;
      default -> 0;
    };
  }

  private static int atomicResult(Insn insn) {
    if ((insn.opcode() & 0xe0) != Opcodes.ATOMIC || insn.imm() == Opcodes.STORE_REL) {
      return 0;
    }
    return switch (insn.imm()) {
      case Opcodes.LOAD_ACQ -> 1 << insn.dst();
      case Opcodes.CMPXCHG -> 1;
      default -> (insn.imm() & Opcodes.FETCH) != 0 ? 1 << insn.src() : 0;
    };
  }

  private int read(Insn insn) {
    int dst = 1 << insn.dst();
    int src = 1 << insn.src();
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    int op = insn.opcode() & 0xf0;
    return switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64 -> {
        if (op == Opcodes.MOV) {
          yield register ? src : 0;
        }
        boolean unary = op == Opcodes.NEG || op == Opcodes.END;
        yield register && !unary ? dst | src : dst;
      }
      case Opcodes.LDX -> src;
      case Opcodes.ST -> dst;
      case Opcodes.STX -> dst | src | (insn.imm() == Opcodes.CMPXCHG ? 1 : 0);
      case Opcodes.LD -> packetLoad(insn);
      default -> jump(insn, dst, src, register);
    };
  }

  private static int packetLoad(Insn insn) {
    int mode = insn.opcode() & 0xe0;
    int ctx = 1 << 6;
    return mode == Opcodes.ABS ? ctx : mode == Opcodes.IND ? ctx | 1 << insn.src() : 0;
  }

  private int jump(Insn insn, int dst, int src, boolean register) {
    if (insn.opcode() == Opcodes.EXIT) {
      return 1;
    }
    if (insn.opcode() == Opcodes.CALL) {
      return arguments(insn);
    }
    return Code.isConditional(insn) && insn.opcode() != Opcodes.MAY_GOTO
        ? register ? dst | src : dst
        : 0;
  }

  private int arguments(Insn insn) {
    HelperProto proto = protoOf(insn);
    if (proto == null) {
      return ARGUMENTS;
    }
    return (2 << proto.args().size()) - 2; // also those that only the body looks at
  }

  private @Nullable HelperProto protoOf(Insn insn) {
    if (insn.isHelperCall()) {
      return Helpers.byId(insn.imm());
    }
    boolean known = insn.isKfuncCall() && insn.imm() >= 0 && insn.imm() < program.kfuncs().size();
    return known ? program.kfuncs().get(insn.imm()) : null;
  }
}
