package dev.sonde.jit.plan;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.Proof;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * All that the compiler may take for granted of a program: the insns, the right to run them, and
 * what the checker proved, if there are such facts.
 *
 * @param proof the program and how each access must be done
 * @param facts null: nothing is known but the proof
 * @param helpers the row of a helper id
 * @param checked whether every access is to be checked at run time as well
 * @param maxMethodBytes how long a method may be, by estimate
 */
public record Knowledge(
    Proof proof,
    @Nullable ProgramFacts facts,
    IntFunction<@Nullable HelperProto> helpers,
    boolean checked,
    int maxMethodBytes) {

  public List<Insn> insns() {
    return proof.program().insns();
  }

  public Insn insn(int index) {
    return insns().get(index);
  }

  public int size() {
    return insns().size();
  }

  public boolean isReached(int index) {
    return index < size() && proof.isReached(index);
  }

  public ProgramFacts.Branch branch(int index) {
    return facts == null ? ProgramFacts.Branch.NONE : facts.branches().get(index);
  }

  public ProgramFacts.@Nullable Access access(int index) {
    return facts == null ? null : facts.accesses().get(index);
  }

  public ProgramFacts.@Nullable Range range(int index) {
    return facts == null ? null : facts.ranges().get(index);
  }

  public ProgramFacts.@Nullable Call call(int index) {
    return facts == null ? null : facts.calls().get(index);
  }

  /** Returns the map that the lddw at {@code index} loads a pointer of, else null. */
  public @Nullable BpfMap mapOf(int index) {
    Insn insn = insn(index);
    boolean map =
        insn.isLdImm64()
            && (insn.src() == Opcodes.PSEUDO_MAP_FD || insn.src() == Opcodes.PSEUDO_MAP_IDX);
    return map ? proof.program().maps().get(insn.imm()) : null;
  }

  /** Returns the row of the helper or kfunc that the call at {@code index} calls. */
  public @Nullable HelperProto callee(int index) {
    Insn insn = insn(index);
    return insn.isKfuncCall()
        ? proof.program().kfuncs().get(insn.imm())
        : helpers.apply(insn.imm());
  }

  /** Returns where a jump, a pseudo call or a function pointer at {@code index} goes. */
  public int target(int index) {
    Insn insn = insn(index);
    boolean far =
        insn.opcode() == Opcodes.JMP32 || insn.opcode() == Opcodes.CALL || insn.isLdImm64();
    return index + 1 + (far ? insn.imm() : insn.off());
  }

  /** Tells whether the insn at {@code index} is a tail call: it ends its block. */
  public boolean isTailCall(int index) {
    return isReached(index) && FlowGraph.isTailCall(insn(index));
  }

  /** Returns the register that {@code insn} writes, or -1. */
  public static int defined(Insn insn) {
    return Operands.defined(insn);
  }
}
