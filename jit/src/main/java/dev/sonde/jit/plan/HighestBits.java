package dev.sonde.jit.plan;

import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The calls that look for the highest bit of a word in which the insn before has set one: how a
 * logarithm is written. Their result is from 1 to 64, from which an index of a histogram follows
 * that needs no widening and no check.
 */
final class HighestBits {
  private static final String KFUNC = "bpf_fls64";

  private HighestBits() {}

  /** Returns the insns of such calls. */
  static BitSet of(Knowledge known) {
    BitSet calls = new BitSet();
    for (int i = 1; i < known.size(); i++) {
      if (known.insn(i).isKfuncCall() && isNonZero(known.insn(i - 1)) && finds(known.callee(i))) {
        calls.set(i);
      }
    }
    for (int i = 0; i < known.size() && !calls.isEmpty(); i++) {
      if (goesElsewhere(known.insn(i))) {
        int target = known.target(i);
        if (target >= 0) {
          calls.clear(target); // who comes from there has not passed the insn before
        }
      }
    }
    return calls;
  }

  private static boolean finds(@Nullable HelperProto callee) {
    return callee != null && callee.name().equals(KFUNC);
  }

  private static boolean isNonZero(Op insn) {
    boolean or = insn.opcode() == (Opcodes.ALU64 | Opcodes.OR | Opcodes.K);
    return or && insn.dst() == 1 && insn.imm() != 0;
  }

  private static boolean goesElsewhere(Op insn) {
    boolean jump =
        JumpOp.of(insn.opcode()) != null
            || insn.opcode() == Opcodes.JMP
            || insn.opcode() == Opcodes.JMP32
            || insn.opcode() == Opcodes.MAY_GOTO;
    boolean function = insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
    return jump || function || insn.isPseudoCall();
  }
}
