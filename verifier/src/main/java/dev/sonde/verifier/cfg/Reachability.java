package dev.sonde.verifier.cfg;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.BitSet;

/** Walks all edges once: every insn must be reached; marks prune points on the way (V-10, V-11). */
final class Reachability {
  private final ControlFlow flow;
  private final BitSet seen = new BitSet();
  private int[] stack = new int[64];
  private int depth;

  Reachability(ControlFlow flow) {
    this.flow = flow;
  }

  void check() {
    push(0);
    while (depth > 0) {
      visit(stack[--depth]);
    }
    for (int i = 0; i < flow.insns().size(); i++) {
      if (!seen.get(i)) {
        throw ControlFlow.invalid("unreachable insn " + i);
      }
      if (flow.insns().get(i).isLdImm64()) {
        if (seen.get(i + 1)) {
          throw ControlFlow.invalid("jump into the middle of ldimm64 insn " + i);
        }
        i++;
      }
    }
  }

  private void visit(int i) {
    Insn insn = flow.insns().get(i);
    int[] successors = flow.successors(i);
    if (Code.isConditional(insn)) {
      flow.markPrunePoint(i);
      flow.markPrunePoint(successors[1]);
      if (insn.opcode() == Opcodes.MAY_GOTO) {
        flow.markCheckpoint(i);
      }
    } else if (Code.isGoto(insn)) {
      flow.markPrunePoint(successors[0]);
    } else if (insn.opcode() == Opcodes.CALL || Code.isFunctionPointer(insn)) {
      flow.markPrunePoint(successors[0]);
      if (insn.isPseudoCall() || Code.isFunctionPointer(insn)) {
        flow.markPrunePoint(i);
        flow.markPrunePoint(i + 1 + insn.imm());
        push(i + 1 + insn.imm());
      } else if (flow.callsBack(i) || flow.stepsIterator(i)) {
        flow.markCheckpoint(i);
      }
    }
    for (int successor : successors) {
      push(successor);
    }
  }

  private void push(int insn) {
    if (insn >= flow.insns().size()) {
      throw ControlFlow.invalid("jump out of range from insn %d to %d".formatted(insn - 1, insn));
    }
    if (!seen.get(insn)) {
      seen.set(insn);
      if (depth == stack.length) {
        stack = java.util.Arrays.copyOf(stack, depth * 2);
      }
      stack[depth++] = insn;
    }
  }
}
