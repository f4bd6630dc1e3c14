package dev.sonde.jit.plan;

import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.Proof;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * All that the compiler may take for granted of a program: the insns, the right to run them, and
 * what the checker proved, if there are such facts.
 */
public final class Knowledge {
  private final Proof proof;
  private final @Nullable ProgramFacts facts;
  private final IntFunction<@Nullable HelperProto> helpers;
  private final boolean checked;
  private final int maxMethodBytes;
  private final @Nullable StackSlots slots;
  private final List<Op> insns;
  private final BitSet dead = new BitSet();
  private @Nullable BitSet highestBits;

  /**
   * @param proof the program and how each access must be done
   * @param facts null: nothing is known but the proof
   * @param helpers the row of a helper id
   * @param checked whether every access is to be checked at run time as well
   * @param maxMethodBytes how long a method may be, by estimate
   */
  public Knowledge(
      Proof proof,
      @Nullable ProgramFacts facts,
      IntFunction<@Nullable HelperProto> helpers,
      boolean checked,
      int maxMethodBytes) {
    this.proof = proof;
    this.facts = facts;
    this.helpers = helpers;
    this.checked = checked;
    this.maxMethodBytes = maxMethodBytes;
    List<Insn> given = proof.program().insns();
    this.slots = facts == null || checked ? null : new StackSlots(given, facts);
    this.insns = slots == null ? new ArrayList<>(given.stream().map(Op::of).toList()) : slots.ops();
  }

  public Proof proof() {
    return proof;
  }

  public @Nullable ProgramFacts facts() {
    return facts;
  }

  public boolean checked() {
    return checked;
  }

  public int maxMethodBytes() {
    return maxMethodBytes;
  }

  public List<Op> insns() {
    return insns;
  }

  /** Has another insn do what the one at {@code index} does. */
  void replace(int index, Op insn) {
    insns.set(index, insn);
  }

  /** Declares that nobody reads what the insn at {@code index} computes. */
  void kill(int index) {
    dead.set(index);
  }

  /** Tells whether nothing need be written for the insn at {@code index}. */
  public boolean isDead(int index) {
    return dead.get(index);
  }

  /** Returns how many slots of the program the insn at {@code index} takes. */
  int step(int index) {
    return insn(index).isLdImm64() ? 2 : 1;
  }

  /** Returns the stack slots that the function at {@code entry} keeps as registers. */
  public List<StackSlot> slots(int entry) {
    return slots == null ? List.of() : slots.of(entry);
  }

  public Op insn(int index) {
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

  /**
   * Tells whether all that the program does with its context is to load fields at places of their
   * own: then it needs no context in memory.
   */
  public boolean readsContextByField() {
    boolean packet = proof.program().spec().type().contextLayout().hasPacket();
    if (facts == null || facts.contextReads() == null || packet) {
      return false;
    }
    for (int i = 0; i < size(); i++) {
      if (isReached(i) && proof.memory(i) == Proof.Memory.CONTEXT) {
        ProgramFacts.Access access = access(i);
        boolean load = (insn(i).opcode() & 7) == Opcodes.LDX;
        if (!load || access == null || !access.constantOffset()) {
          return false;
        }
      }
    }
    return true;
  }

  /** Returns the map that the lddw at {@code index} loads a pointer of, else null. */
  public @Nullable BpfMap mapOf(int index) {
    Op insn = insn(index);
    boolean map =
        insn.isLdImm64()
            && (insn.src() == Opcodes.PSEUDO_MAP_FD || insn.src() == Opcodes.PSEUDO_MAP_IDX);
    return map ? proof.program().maps().get(insn.imm()) : null;
  }

  /** Returns the row of the helper or kfunc that the call at {@code index} calls. */
  public @Nullable HelperProto callee(int index) {
    Op insn = insn(index);
    return insn.isKfuncCall()
        ? proof.program().kfuncs().get(insn.imm())
        : helpers.apply(insn.imm());
  }

  /** Tells whether the insn at {@code index} looks for the highest bit of a word that has one. */
  public boolean isHighestBitOfNonZero(int index) {
    if (highestBits == null) {
      highestBits = HighestBits.of(this);
    }
    return highestBits.get(index);
  }

  /** Returns where a jump, a pseudo call or a function pointer at {@code index} goes. */
  public int target(int index) {
    Op insn = insn(index);
    boolean far =
        insn.opcode() == Opcodes.JMP32 || insn.opcode() == Opcodes.CALL || insn.isLdImm64();
    return index + 1 + (far ? insn.imm() : insn.off());
  }

  /** Tells whether the insn at {@code index} is a tail call: it ends its block. */
  public boolean isTailCall(int index) {
    return isReached(index) && FlowGraph.isTailCall(insn(index));
  }

  /** Returns the register that {@code insn} writes, or -1. */
  public static int defined(Op insn) {
    return Operands.defined(insn);
  }
}
