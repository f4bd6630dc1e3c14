package dev.sonde.vm.isa;

import static dev.sonde.vm.isa.Opcodes.ALU;
import static dev.sonde.vm.isa.Opcodes.DW;
import static dev.sonde.vm.isa.Opcodes.X;

import java.util.List;
import java.util.Locale;

/** Insns in the syntax that {@link Assembler} reads; jumps go to {@code +N}. */
public final class SuiteDisassembler {
  private static final String[] SIZES = {"w", "h", "b", "dw"};

  private SuiteDisassembler() {}

  /**
   * Returns the text of the insn at slot {@code index}; for an lddw, of both its slots.
   *
   * @throws InvalidInsnException if it is none
   */
  public static String text(List<Insn> insns, int index) {
    Insn insn = insns.get(index);
    return switch (insn.opcode() & 7) {
      case ALU, Opcodes.ALU64 -> alu(insn);
      case Opcodes.LD -> ld(insns, index);
      case Opcodes.LDX ->
          "ldx%s%s %%r%d, %s"
              .formatted(
                  mode(insn) == Opcodes.MEMSX ? "s" : "",
                  size(insn),
                  insn.dst(),
                  place(insn, insn.src()));
      case Opcodes.ST -> "st%s %s, %d".formatted(size(insn), place(insn, insn.dst()), insn.imm());
      case Opcodes.STX -> stx(insn);
      default -> jump(insn);
    };
  }

  private static String alu(Insn insn) {
    AluOp op = AluOp.of(insn.opcode());
    boolean narrow = (insn.opcode() & 7) == ALU;
    if (op == AluOp.END) {
      String swap = !narrow ? "bswap" : (insn.opcode() & X) != 0 ? "be" : "le";
      return "%s%d %%r%d".formatted(swap, insn.imm(), insn.dst());
    }
    if (op == AluOp.MOV && insn.off() != 0) {
      return "movsx%d%s %%r%d, %%r%d"
          .formatted(insn.off(), narrow ? "32" : "64", insn.dst(), insn.src());
    }
    String name = (insn.off() == 1 ? "s" : "") + op.mnemonic() + (narrow ? "32" : "");
    if (op == AluOp.NEG) {
      return "%s %%r%d".formatted(name, insn.dst());
    }
    return (insn.opcode() & X) != 0
        ? "%s %%r%d, %%r%d".formatted(name, insn.dst(), insn.src())
        : "%s %%r%d, %d".formatted(name, insn.dst(), insn.imm());
  }

  private static String ld(List<Insn> insns, int index) {
    Insn insn = insns.get(index);
    if (mode(insn) == Opcodes.ABS) {
      return "ldabs%s %d".formatted(size(insn), insn.imm());
    }
    if (mode(insn) == Opcodes.IND) {
      return "ldind%s %%r%d, %d".formatted(size(insn), insn.src(), insn.imm());
    }
    if (!insn.isLdImm64() || index + 1 >= insns.size()) {
      throw unknown(insn);
    }
    int upper = insns.get(index + 1).imm();
    return switch (insn.src()) {
      case 0 ->
          "lddw %%r%d, 0x%x".formatted(insn.dst(), (long) upper << 32 | insn.imm() & 0xffffffffL);
      case Opcodes.PSEUDO_MAP_FD -> "lddw %%r%d, map %d".formatted(insn.dst(), insn.imm());
      case Opcodes.PSEUDO_MAP_VALUE ->
          "lddw %%r%d, map_value %d %d".formatted(insn.dst(), insn.imm(), upper);
      case Opcodes.PSEUDO_FUNC -> "lddw %%r%d, func %+d".formatted(insn.dst(), insn.imm());
      default -> throw unknown(insn);
    };
  }

  private static String stx(Insn insn) {
    if (mode(insn) == Opcodes.MEM) {
      return "stx%s %s, %%r%d".formatted(size(insn), place(insn, insn.dst()), insn.src());
    }
    boolean wide = (insn.opcode() & 0x18) == DW;
    String bits =
        switch (size(insn)) {
          case "b" -> "8";
          case "h" -> "16";
          case "w" -> "32";
          default -> "64";
        };
    if (insn.imm() == Opcodes.LOAD_ACQ) {
      return "load_acquire%s %%r%d, %s".formatted(bits, insn.dst(), place(insn, insn.src()));
    }
    if (insn.imm() == Opcodes.STORE_REL) {
      return "store_release%s %s, %%r%d".formatted(bits, place(insn, insn.dst()), insn.src());
    }
    return "lock %s%s %s, %%r%d"
        .formatted(operation(insn), wide ? "" : "32", place(insn, insn.dst()), insn.src());
  }

  private static String operation(Insn insn) {
    if (insn.imm() == Opcodes.XCHG || insn.imm() == Opcodes.CMPXCHG) {
      return insn.imm() == Opcodes.XCHG ? "xchg" : "cmpxchg";
    }
    boolean fetch = (insn.imm() & Opcodes.FETCH) != 0;
    return (fetch ? "fetch " : "") + AluOp.of(insn.imm() & ~Opcodes.FETCH).mnemonic();
  }

  private static String jump(Insn insn) {
    JumpOp op = JumpOp.of(insn.opcode());
    if (op != null) {
      String name = op.name().toLowerCase(Locale.ROOT);
      String operand = (insn.opcode() & X) != 0 ? "%r" + insn.src() : Integer.toString(insn.imm());
      String narrow = (insn.opcode() & 7) == Opcodes.JMP32 ? "32" : "";
      return "%s%s %%r%d, %s, %+d".formatted(name, narrow, insn.dst(), operand, insn.off());
    }
    return switch (insn.opcode()) {
      case Opcodes.JMP -> "ja %+d".formatted(insn.off());
      case Opcodes.JMP32 -> "ja32 %+d".formatted(insn.imm());
      case Opcodes.MAY_GOTO -> "may_goto %+d".formatted(insn.off());
      case Opcodes.EXIT -> "exit";
      case Opcodes.CALLX -> "call %%r%d".formatted(insn.dst());
      case Opcodes.CALL -> call(insn);
      default -> throw unknown(insn);
    };
  }

  private static String call(Insn insn) {
    return switch (insn.src()) {
      case Opcodes.PSEUDO_CALL -> "call local %+d".formatted(insn.imm());
      case Opcodes.PSEUDO_KFUNC_CALL -> "call kfunc %d".formatted(insn.imm());
      default -> "call %d".formatted(insn.imm());
    };
  }

  private static int mode(Insn insn) {
    return insn.opcode() & 0xe0;
  }

  private static String size(Insn insn) {
    return SIZES[insn.opcode() >>> 3 & 3];
  }

  private static String place(Insn insn, int register) {
    return "[%%r%d%+d]".formatted(register, insn.off());
  }

  private static InvalidInsnException unknown(Insn insn) {
    return new InvalidInsnException("unknown opcode %02x".formatted(insn.opcode()));
  }
}
