package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Knowledge;
import dev.sonde.jit.plan.Op;
import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;

/** What an lddw loads. */
final class Immediates {
  private Immediates() {}

  static long of(Knowledge known, ProgramPlan plan, int index) {
    Op insn = known.insn(index);
    int upper = known.insn(index + 1).imm();
    return switch (insn.src()) {
      case 0 -> (long) upper << 32 | insn.imm() & 0xffffffffL;
      case Opcodes.PSEUDO_MAP_FD, Opcodes.PSEUDO_MAP_IDX -> mapOf(known, insn).id();
      case Opcodes.PSEUDO_MAP_VALUE, Opcodes.PSEUDO_MAP_IDX_VALUE ->
          mapOf(known, insn).directValueAddress(upper);
      case Opcodes.PSEUDO_FUNC -> numberOf(plan, known.target(index));
      default ->
          throw new InvalidInsnException(
              "insn %d: lddw of kind %d is not resolved".formatted(index, insn.src()));
    };
  }

  /** Tells whether the lddw loads the address of map memory. */
  static boolean isAddress(Op insn) {
    return insn.src() == Opcodes.PSEUDO_MAP_VALUE || insn.src() == Opcodes.PSEUDO_MAP_IDX_VALUE;
  }

  /** A function pointer is its place among the functions whose address is taken, from 1 on. */
  static int numberOf(ProgramPlan plan, int entry) {
    return plan.callbacks().indexOf(entry) + 1;
  }

  static BpfMap mapOf(Knowledge known, Op insn) {
    return known.proof().program().maps().get(insn.imm());
  }
}
