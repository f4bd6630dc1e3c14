package dev.sonde.verifier.witness;

import dev.sonde.verifier.domain.Concrete;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/** What ALU insns compute. */
final class Arithmetic {
  private static final Concrete CONCRETE = new Concrete(64);

  private Arithmetic() {}

  /** Returns the new value of the insn's destination. */
  static long alu(Insn insn, long[] r) {
    boolean wide = (insn.opcode() & 7) == Opcodes.ALU64;
    int bits = wide ? 64 : 32;
    long dst = r[insn.dst()];
    long src = (insn.opcode() & Opcodes.X) != 0 ? r[insn.src()] : insn.imm();
    int operation = insn.opcode() & 0xf0;
    long result =
        switch (operation) {
          case Opcodes.MOV -> insn.off() == 0 ? src : Concrete.signed(src, insn.off());
          case Opcodes.END -> swapped(insn, dst);
          case Opcodes.DIV, Opcodes.MOD ->
              insn.off() == 1
                  ? signedDivision(operation, bits, dst, src)
                  : CONCRETE.alu(operation, wide, dst, src);
          default -> CONCRETE.alu(operation, wide, dst, src);
        };
    return operation == Opcodes.END ? result : Concrete.unsigned(result, bits);
  }

  private static long swapped(Insn insn, long value) {
    long kept = Concrete.unsigned(value, insn.imm());
    return insn.opcode() == (Opcodes.ALU | Opcodes.END)
        ? kept
        : Long.reverseBytes(kept) >>> (64 - insn.imm());
  }

  private static long signedDivision(int operation, int bits, long dst, long src) {
    long a = Concrete.signed(dst, bits);
    long b = Concrete.signed(src, bits);
    if (b == 0) {
      return operation == Opcodes.DIV ? 0 : a;
    }
    return operation == Opcodes.DIV ? a / b : a % b;
  }
}
