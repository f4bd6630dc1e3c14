package dev.sonde.jit.plan;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;

/** Which registers an insn reads and which one it writes. */
final class Operands {
  static final int NONE = -1;

  private Operands() {}

  /** Returns the register that the insn at {@code index} writes, or {@link #NONE}. */
  static int defined(Op insn) {
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

  static boolean isAtomic(Op insn) {
    return (insn.opcode() & 7) == Opcodes.STX && (insn.opcode() & 0xe0) == Opcodes.ATOMIC;
  }

  private static int definedByAtomic(Op insn) {
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
  static long used(Knowledge known, int index, int calleeArguments) {
    if (known.isDead(index)) {
      return 0;
    }
    Op insn = known.insn(index);
    long dst = 1L << insn.dst();
    long src = 1L << insn.src();
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

  private static long usedByAlu(Op insn, boolean register, long dst, long src) {
    int operation = insn.opcode() & 0xf0;
    if (operation == Opcodes.MOV) {
      return register ? src : 0;
    }
    boolean unary = operation == Opcodes.NEG || operation == Opcodes.END;
    return register && !unary ? dst | src : dst;
  }

  private static long usedByLoad(Op insn, long src) {
    return switch (insn.opcode() & 0xe0) {
      case Opcodes.ABS -> 1 << 6;
      case Opcodes.IND -> 1 << 6 | src;
      default -> 0;
    };
  }

  private static long usedByStore(Op insn, long dst, long src) {
    if (isAtomic(insn) && insn.imm() == Opcodes.LOAD_ACQ) {
      return src;
    }
    boolean exchange = isAtomic(insn) && insn.imm() == Opcodes.CMPXCHG;
    return exchange ? dst | src | 1 : dst | src;
  }

  private static long usedByJump(Knowledge known, int index, int calleeArguments) {
    Op insn = known.insn(index);
    if (JumpOp.of(insn.opcode()) != null) {
      if (known.branch(index) != ProgramFacts.Branch.NONE) {
        return 0; // not asked
      }
      boolean register = (insn.opcode() & Opcodes.X) != 0;
      return 1L << insn.dst() | (register ? 1L << insn.src() : 0);
    }
    return switch (insn.opcode()) {
      case Opcodes.EXIT -> 1;
      case Opcodes.CALLX -> 0x3e | 1L << insn.dst();
      case Opcodes.CALL -> {
        if (insn.isPseudoCall()) {
          yield calleeArguments | 1 << Opcodes.FRAME_POINTER;
        }
        if (insn.isLookupByValue()) {
          yield insn.off() > 0 ? 1L << insn.off() : 0;
        }
        HelperProto callee = known.callee(index);
        yield callee == null ? 0 : usedByHelper(known, index, callee);
      }
      default -> 0;
    };
  }

  /** A map that is known needs no pointer. */
  private static int usedByHelper(Knowledge known, int index, HelperProto callee) {
    int arguments = (2 << callee.args().size()) - 2;
    ProgramFacts.Call call = known.call(index);
    if (call != null && call.map() != null) {
      int map = callee.args().indexOf(ArgKind.CONST_MAP_PTR);
      arguments &= map < 0 ? arguments : ~(2 << map);
    }
    boolean callsBack = callee.body() == null;
    return callsBack ? arguments | 1 << Opcodes.FRAME_POINTER : arguments;
  }
}
