package dev.sonde.verifier.cfg;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/** What an insn is, for control flow. */
final class Code {
  private Code() {}

  static int classOf(Insn insn) {
    return insn.opcode() & 7;
  }

  static boolean isJump(Insn insn) {
    int insnClass = classOf(insn);
    return insnClass == Opcodes.JMP || insnClass == Opcodes.JMP32;
  }

  static boolean isGoto(Insn insn) {
    return insn.opcode() == Opcodes.JMP || insn.opcode() == Opcodes.JMP32;
  }

  static boolean isConditional(Insn insn) {
    int op = insn.opcode() & 0xf0;
    return isJump(insn) && !isGoto(insn) && op != Opcodes.CALL_OP && op != Opcodes.EXIT_OP;
  }

  static int jumpOffset(Insn insn) {
    return insn.opcode() == Opcodes.JMP32 ? insn.imm() : insn.off();
  }

  static boolean isFunctionPointer(Insn insn) {
    return insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
  }
}
