package dev.sonde.jit.plan;

import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;

/** Which registers an insn reads and which one it writes. */
final class Operands {
  static final int NONE = -1;

  private Operands() {}

  /** Returns the register that the insn at {@code index} writes, or {@link #NONE}. */
  static int defined(Insn insn) {
    switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64, Opcodes.LDX:
        return insn.dst();
      case Opcodes.LD:
        return insn.isLdImm64() ? insn.dst() : 0;
      case Opcodes.STX:
        return isAtomic(insn) ? definedByAtomic(insn) : NONE;
      case Opcodes.JMP:
        return insn.opcode() == Opcodes.CALL || insn.opcode() == Opcodes.CALLX ? 0 : NONE;
      default:
        return NONE;
    }
  }

  static boolean isAtomic(Insn insn) {
    return (insn.opcode() & 7) == Opcodes.STX && (insn.opcode() & 0xe0) == Opcodes.ATOMIC;
  }

  private static int definedByAtomic(Insn insn) {
    return switch (insn.imm()) {
      case Opcodes.LOAD_ACQ -> insn.dst();
      case Opcodes.STORE_REL -> NONE;
      case Opcodes.CMPXCHG -> 0;
      default -> (insn.imm() & Opcodes.FETCH) != 0 ? insn.src() : NONE;
    };
  }

  /**
   * Returns the set of registers that the insn reads, bit by register.
   *
   * @param calleeArguments what the subprogram that a pseudo call calls takes
   */
  static int used(Knowledge known, int index, int calleeArguments) {
    Insn insn = known.insn(index);
    int dst = 1 << insn.dst();
    int src = 1 << insn.src();
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    return switch (insn.opcode() & 7) {
      case Opcodes.ALU, Opcodes.ALU64 -> usedByAlu(insn, register, dst, src);
      case Opcodes.LD -> usedByLoad(insn, src);
      case Opcodes.LDX -> src;
      case Opcodes.ST -> dst;
      case Opcodes.STX -> usedByStore(insn, dst, src);
      default -> usedByJump(known, index, calleeArguments);
    };
  }

  private static int usedByAlu(Insn insn, boolean register, int dst, int src) {
    int operation = insn.opcode() & 0xf0;
    if (operation == Opcodes.MOV) {
      return register ? src : 0;
    }
    boolean unary = operation == Opcodes.NEG || operation == Opcodes.END;
    return register && !unary ? dst | src : dst;
  }

  private static int usedByLoad(Insn insn, int src) {
    return switch (insn.opcode() & 0xe0) {
      case Opcodes.ABS -> 1 << 6;
      case Opcodes.IND -> 1 << 6 | src;
      default -> 0;
    };
  }

  private static int usedByStore(Insn insn, int dst, int src) {
    if (isAtomic(insn) && insn.imm() == Opcodes.LOAD_ACQ) {
      return src;
    }
    boolean exchange = isAtomic(insn) && insn.imm() == Opcodes.CMPXCHG;
    return exchange ? dst | src | 1 : dst | src;
  }

  private static int usedByJump(Knowledge known, int index, int calleeArguments) {
    Insn insn = known.insn(index);
    if (JumpOp.of(insn.opcode()) != null) {
      boolean register = (insn.opcode() & Opcodes.X) != 0;
      return 1 << insn.dst() | (register ? 1 << insn.src() : 0);
    }
    return switch (insn.opcode()) {
      case Opcodes.EXIT -> 1;
      case Opcodes.CALLX -> 0x3e | 1 << insn.dst();
      case Opcodes.CALL -> {
        if (insn.isPseudoCall()) {
          yield calleeArguments | 1 << Opcodes.FRAME_POINTER;
        }
        HelperProto callee = known.callee(index);
        yield callee == null ? 0 : usedByHelper(callee);
      }
      default -> 0;
    };
  }

  private static int usedByHelper(HelperProto callee) {
    int arguments = (2 << callee.args().size()) - 2;
    boolean callsBack = callee.body() == null;
    return callsBack ? arguments | 1 << Opcodes.FRAME_POINTER : arguments;
  }
}
