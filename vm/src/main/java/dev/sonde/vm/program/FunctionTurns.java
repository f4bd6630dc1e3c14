package dev.sonde.vm.program;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * For how many turns of a loop a call of a function counts (see {@code CarrierSlot.spend}).
 *
 * <p>The verifier walks a whole program in a million insns, but what it walks on its own it walks
 * once: global functions, and callbacks. A loop of a hundred thousand turns may call a function
 * that loops as often, and so on for eight frames. What is walked with its caller is bounded with
 * it.
 */
public final class FunctionTurns {
  /** At least some insns: a function that loops runs a million at most between its own calls. */
  private static final int OF_LOOP = 32;

  private static final int INSNS_PER_TURN = 16;

  private FunctionTurns() {}

  /** Returns the turns by the first insn of each function that counts for any. */
  public static Map<Integer, Integer> of(ResolvedProgram program) {
    List<Insn> insns = program.insns();
    TreeSet<Integer> starts = new TreeSet<>();
    TreeSet<Integer> alone = new TreeSet<>();
    for (int i = 0; i < insns.size(); i++) {
      Insn insn = insns.get(i);
      if (insn.isPseudoCall()) {
        starts.add(i + 1 + insn.imm());
      } else if (insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC) {
        alone.add(i + 1 + insn.imm());
      }
    }
    for (SubprogramSpec function : program.spec().subprograms()) {
      if (function.global() && function.firstInsn() != 0) {
        alone.add(function.firstInsn());
      }
    }
    starts.addAll(alone);
    Map<Integer, Integer> turns = new HashMap<>();
    for (int start : alone) {
      Integer end = starts.higher(start);
      int count = turns(insns, start, end == null ? insns.size() : end);
      if (count > 0) {
        turns.put(start, count);
      }
    }
    return turns;
  }

  private static int turns(List<Insn> insns, int start, int end) {
    for (int i = start; i < end; i++) {
      Insn insn = insns.get(i);
      if (insn.isPseudoCall() || distance(insn) < 0) {
        return OF_LOOP;
      }
      i += insn.isLdImm64() ? 1 : 0;
    }
    return (end - start) / INSNS_PER_TURN;
  }

  /** Returns how far {@code insn} jumps, 0 where it does not. */
  private static int distance(Insn insn) {
    if (insn.opcode() == (Opcodes.JMP32 | Opcodes.JA)) {
      return insn.imm();
    }
    boolean jumps = insn.opcode() == (Opcodes.JMP | Opcodes.JA) || JumpOp.of(insn.opcode()) != null;
    return jumps ? insn.off() : 0;
  }
}
