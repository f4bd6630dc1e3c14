package dev.sonde.vm.interp;

import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.isa.Opcodes;
import java.util.function.Function;

/** Which operation an arithmetic insn is. */
final class AluDecoder {
  private final Insn insn;
  private final boolean wide;
  private final Function<String, InvalidInsnException> invalid;

  private AluDecoder(Insn insn, Function<String, InvalidInsnException> invalid) {
    this.insn = insn;
    this.wide = (insn.opcode() & 7) == Opcodes.ALU64;
    this.invalid = invalid;
  }

  /**
   * Returns the operation of {@code insn}, which is of class ALU or ALU64.
   *
   * @param invalid makes the exception of what is wrong with it
   */
  static int of(Insn insn, Function<String, InvalidInsnException> invalid) {
    return new AluDecoder(insn, invalid).operation();
  }

  private int operation() {
    if (insn.opcode() >>> 4 > 0xd) {
      throw invalid.apply("unknown opcode %02x".formatted(insn.opcode()));
    }
    AluOp op = AluOp.of(insn.opcode());
    return switch (op) {
      case END -> swap();
      case NEG -> wide ? Op.NEG64 : Op.NEG32;
      case DIV, MOD -> insn.off() == 1 ? signedDivision(op) : plain();
      case MOV -> insn.off() != 0 ? signExtension() : plain();
      default -> plain();
    };
  }

  private boolean hasRegister() {
    return (insn.opcode() & Opcodes.X) != 0;
  }

  /** The blocks of Op are in the kernel's order of codes, without NEG. */
  private int plain() {
    int code = insn.opcode() >>> 4;
    int index = code < 8 ? code : code - 1;
    int block =
        wide ? hasRegister() ? Op.ADD64_X : Op.ADD64_K : hasRegister() ? Op.ADD32_X : Op.ADD32_K;
    return block + index;
  }

  private int signedDivision(AluOp op) {
    int base = wide ? Op.SDIV64_K : Op.SDIV32_K;
    return base + (op == AluOp.MOD ? 2 : 0) + (hasRegister() ? 1 : 0);
  }

  private int signExtension() {
    return switch (insn.off()) {
      case 8 -> wide ? Op.MOVSX64_8 : Op.MOVSX32_8;
      case 16 -> wide ? Op.MOVSX64_16 : Op.MOVSX32_16;
      case 32 -> {
        if (!wide) {
          throw invalid.apply("a 32-bit mov cannot sign-extend 32 bits");
        }
        yield Op.MOVSX64_32;
      }
      default ->
          throw invalid.apply("mov with offset %d, want 0, 8, 16 or 32".formatted(insn.off()));
    };
  }

  private int swap() {
    boolean bigEndian = hasRegister();
    return switch (insn.imm()) {
      case 16 -> wide ? Op.BSWAP16 : bigEndian ? Op.TO_BE16 : Op.TO_LE16;
      case 32 -> wide ? Op.BSWAP32 : bigEndian ? Op.TO_BE32 : Op.TO_LE32;
      case 64 -> wide ? Op.BSWAP64 : bigEndian ? Op.TO_BE64 : Op.MOV64_X;
      default ->
          throw invalid.apply("byte swap of %d bits, want 16, 32 or 64".formatted(insn.imm()));
    };
  }
}
