package dev.sonde.vm.isa;

/**
 * One eBPF instruction slot of 8 bytes (RFC 9669, section 3.1): {@code u8 opcode, u4 dst, u4 src
 * (little endian: src in the high nibble), s16 off, s32 imm}. An {@code lddw} takes two slots: the
 * second has opcode 0 and holds the upper 32 bits in its {@code imm}.
 *
 * @param opcode the operation, 0 to 255
 * @param dst the destination register, 0 to 15; the verifier bounds it to 10
 * @param src the source register, or the pseudo kind of a call or an lddw
 * @param off the signed 16-bit offset
 * @param imm the signed 32-bit immediate
 */
public record Insn(int opcode, int dst, int src, int off, int imm) {
  public static final int SIZE_BYTES = 8;

  public Insn {
    if ((opcode & ~0xff) != 0 || (dst & ~0xf) != 0 || (src & ~0xf) != 0 || (short) off != off) {
      throw new IllegalArgumentException(
          "insn: opcode 0x%x, dst %d, src %d, off %d: want 8, 4, 4 and 16 bits"
              .formatted(opcode, dst, src, off));
    }
  }

  /** Returns the insn of the 8 bytes of {@code slot}, read as a little-endian long. */
  public static Insn of(long slot) {
    return new Insn(
        (int) slot & 0xff,
        (int) (slot >>> 8) & 0xf,
        (int) (slot >>> 12) & 0xf,
        (short) (slot >>> 16),
        (int) (slot >>> 32));
  }

  /** Returns the 8 bytes of this slot as a little-endian long. */
  public long toLong() {
    return opcode | (long) dst << 8 | (long) src << 12 | (off & 0xffffL) << 16 | (long) imm << 32;
  }

  public Insn withOff(int newOff) {
    return new Insn(opcode, dst, src, newOff, imm);
  }

  public Insn withImm(int newImm) {
    return new Insn(opcode, dst, src, off, newImm);
  }

  public Insn withSrc(int newSrc) {
    return new Insn(opcode, dst, newSrc, off, imm);
  }

  /** Tells whether this is the first slot of an lddw (BPF_LD | BPF_IMM | BPF_DW). */
  public boolean isLdImm64() {
    return opcode == Opcodes.LD_IMM64;
  }

  /** Tells whether this calls another subprogram of the same program (BPF_PSEUDO_CALL). */
  public boolean isPseudoCall() {
    return opcode == Opcodes.CALL && src == Opcodes.PSEUDO_CALL;
  }

  /** Tells whether this calls a kfunc (BPF_PSEUDO_KFUNC_CALL). */
  public boolean isKfuncCall() {
    return opcode == Opcodes.CALL && src == Opcodes.PSEUDO_KFUNC_CALL;
  }

  /** Tells whether this calls a helper by its kernel id in {@code imm}. */
  public boolean isHelperCall() {
    return opcode == Opcodes.CALL && src == 0;
  }
}
