package dev.sonde.jit.plan;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/**
 * An insn as the compiler sees it: behind eBPF's eleven registers come the stack slots that are
 * kept in locals, so that what was a load or a store of one is a move.
 *
 * @param off as in the insn; in a move of 8 or 16 bits it is negative where it zero-extends; in a
 *     lookup that reads no pointers it is the register of the key, or negative
 */
public record Op(int opcode, int dst, int src, int off, int imm) {
  /** More registers than this would not fit a set of bits. */
  public static final int MAX_REGISTERS = Long.SIZE;

  private static final int MOVE = Opcodes.ALU64 | Opcodes.MOV;

  static Op of(Insn insn) {
    return new Op(insn.opcode(), insn.dst(), insn.src(), insn.off(), insn.imm());
  }

  /** Returns the move that stands for the load of the slot that {@code register} is. */
  static Op load(Insn insn, int register, int sizeBytes) {
    boolean signed = (insn.opcode() & 0xe0) == Opcodes.MEMSX;
    return new Op(MOVE | Opcodes.X, insn.dst(), register, signed ? sizeBytes * 8 : 0, 0);
  }

  /** Returns the move that stands for the store: a slot holds its bytes zero-extended. */
  static Op store(Insn insn, int register, int sizeBytes) {
    boolean immediate = (insn.opcode() & 7) == Opcodes.ST;
    if (sizeBytes >= 4) {
      int opcode = (sizeBytes == 8 ? Opcodes.ALU64 : Opcodes.ALU) | Opcodes.MOV;
      return immediate
          ? new Op(opcode, register, 0, 0, insn.imm())
          : new Op(opcode | Opcodes.X, register, insn.src(), 0, 0);
    }
    int mask = sizeBytes == 2 ? 0xffff : 0xff;
    return immediate
        ? new Op(MOVE, register, 0, 0, insn.imm() & mask)
        : new Op(MOVE | Opcodes.X, register, insn.src(), -8 * sizeBytes, 0);
  }

  /**
   * Returns the lookup in a known array whose key is the slot that {@code register} is, or, where
   * that is negative, a constant.
   */
  static Op lookup(Insn insn, int register) {
    return new Op(insn.opcode(), insn.dst(), insn.src(), register, insn.imm());
  }

  /** Tells whether this is a {@link #lookup}: a helper call that reads no argument register. */
  public boolean isLookupByValue() {
    return isHelperCall() && off != 0;
  }

  /** Returns how many bytes a load or store touches. */
  public int sizeBytes() {
    return switch (opcode & 0x18) {
      case Opcodes.B -> 1;
      case Opcodes.H -> 2;
      case Opcodes.W -> 4;
      default -> 8;
    };
  }

  public boolean isLdImm64() {
    return opcode == Opcodes.LD_IMM64;
  }

  public boolean isPseudoCall() {
    return opcode == Opcodes.CALL && src == Opcodes.PSEUDO_CALL;
  }

  public boolean isKfuncCall() {
    return opcode == Opcodes.CALL && src == Opcodes.PSEUDO_KFUNC_CALL;
  }

  public boolean isHelperCall() {
    return opcode == Opcodes.CALL && src == 0;
  }
}
