package dev.sonde.vm.isa;

import static dev.sonde.vm.isa.Opcodes.ALU;
import static dev.sonde.vm.isa.Opcodes.ALU64;
import static dev.sonde.vm.isa.Opcodes.DW;
import static dev.sonde.vm.isa.Opcodes.FETCH;
import static dev.sonde.vm.isa.Opcodes.JMP;
import static dev.sonde.vm.isa.Opcodes.JMP32;
import static dev.sonde.vm.isa.Opcodes.X;

import java.util.List;

/**
 * Insns as the kernel's verifier log writes them ({@code kernel/bpf/disasm.c}, Linux 6.18), without
 * the opcode in brackets that the log puts before them.
 */
public final class Disassembler {
  private static final String[] SIZES = {"u32", "u16", "u8", "u64"};
  private static final String[] SIGNED_SIZES = {"s32", "s16", "s8", "s64"};

  private Disassembler() {}

  /**
   * Returns the text of the insn at slot {@code index}; for an lddw, of both its slots. What is no
   * insn comes out as the kernel prints it ({@code BUG_...}).
   */
  public static String text(List<Insn> insns, int index, CallNames names) {
    Insn insn = insns.get(index);
    return switch (insn.opcode() & 7) {
      case ALU, ALU64 -> alu(insn);
      case Opcodes.STX -> stx(insn);
      case Opcodes.ST ->
          mode(insn) == Opcodes.MEM
              ? "%s = %d".formatted(memory(insn, insn.dst()), insn.imm())
              : "BUG_st_%02x".formatted(insn.opcode());
      case Opcodes.LDX -> ldx(insn);
      case Opcodes.LD -> ld(insns, index);
      default -> jump(insn, names);
    };
  }

  private static String alu(Insn insn) {
    char width = width(insn, ALU);
    if (insn.opcode() >>> 4 > 0xd) {
      return "BUG_alu_%02x".formatted(insn.opcode());
    }
    AluOp op = AluOp.of(insn.opcode());
    String target = width + "" + insn.dst();
    if (op == AluOp.END) {
      boolean bigEndian = (insn.opcode() & X) != 0;
      String swap = (insn.opcode() & 7) == ALU64 ? "bswap" : bigEndian ? "be" : "le";
      return "r%d = %s%d r%d".formatted(insn.dst(), swap, insn.imm(), insn.dst());
    }
    if (op == AluOp.NEG) {
      return target + " = -" + target;
    }
    boolean signed = (op == AluOp.DIV || op == AluOp.MOD) && insn.off() == 1;
    String symbol = (signed ? "s" : "") + op.symbol();
    if ((insn.opcode() & X) == 0) {
      return "%s %s %d".formatted(target, symbol, insn.imm());
    }
    String cast = op == AluOp.MOV && insn.off() != 0 ? "(s" + insn.off() + ")" : "";
    return "%s %s %s%s%d".formatted(target, symbol, cast, width, insn.src());
  }

  private static String stx(Insn insn) {
    if (mode(insn) == Opcodes.MEM) {
      return "%s = r%d".formatted(memory(insn, insn.dst()), insn.src());
    }
    if (mode(insn) != Opcodes.ATOMIC) {
      return "BUG_%02x".formatted(insn.opcode());
    }
    String wide = (insn.opcode() & DW) == DW ? "64" : "";
    String place = "(%s)(r%d %+d)".formatted(type(insn), insn.dst(), insn.off());
    int op = insn.imm() & ~FETCH;
    if (op == Opcodes.ADD || op == Opcodes.OR || op == Opcodes.AND || op == Opcodes.XOR) {
      AluOp alu = AluOp.of(op);
      return (insn.imm() & FETCH) == 0
          ? "lock %s %s r%d".formatted(memory(insn, insn.dst()), alu.symbol(), insn.src())
          : "r%d = atomic%s_fetch_%s(%s, r%d)"
              .formatted(insn.src(), wide, alu.mnemonic(), place, insn.src());
    }
    return switch (insn.imm()) {
      case Opcodes.CMPXCHG ->
          "r0 = atomic%s_cmpxchg(%s, r0, r%d)".formatted(wide, place, insn.src());
      case Opcodes.XCHG ->
          "r%d = atomic%s_xchg(%s, r%d)".formatted(insn.src(), wide, place, insn.src());
      case Opcodes.LOAD_ACQ ->
          "r%d = load_acquire((%s)(r%d %+d))"
              .formatted(insn.dst(), type(insn), insn.src(), insn.off());
      case Opcodes.STORE_REL -> "store_release(%s, r%d)".formatted(place, insn.src());
      default -> "BUG_%02x".formatted(insn.opcode());
    };
  }

  private static String ldx(Insn insn) {
    boolean known = mode(insn) == Opcodes.MEM || mode(insn) == Opcodes.MEMSX;
    return known
        ? "r%d = %s".formatted(insn.dst(), memory(insn, insn.src()))
        : "BUG_ldx_%02x".formatted(insn.opcode());
  }

  private static String ld(List<Insn> insns, int index) {
    Insn insn = insns.get(index);
    return switch (mode(insn)) {
      case Opcodes.ABS -> "r0 = *(%s)skb[%d]".formatted(type(insn), insn.imm());
      case Opcodes.IND -> "r0 = *(%s)skb[r%d + %d]".formatted(type(insn), insn.src(), insn.imm());
      default -> {
        if (!insn.isLdImm64() || index + 1 >= insns.size()) {
          yield "BUG_ld_%02x".formatted(insn.opcode());
        }
        long imm = (long) insns.get(index + 1).imm() << 32 | insn.imm() & 0xffffffffL;
        yield "r%d = 0x%x".formatted(insn.dst(), imm);
      }
    };
  }

  private static String jump(Insn insn, CallNames names) {
    JumpOp op = JumpOp.of(insn.opcode());
    if (op != null) {
      char width = width(insn, JMP32);
      String operand =
          (insn.opcode() & X) != 0 ? width + "" + insn.src() : "0x%x".formatted(insn.imm());
      return "if %s%d %s %s goto pc%+d"
          .formatted(width, insn.dst(), op.symbol(), operand, insn.off());
    }
    return switch (insn.opcode()) {
      case Opcodes.CALL -> call(insn, names);
      case Opcodes.CALLX -> "callx r%d".formatted(insn.dst());
      case Opcodes.EXIT -> "exit";
      case JMP -> "goto pc%+d".formatted(insn.off());
      case JMP32 -> "gotol pc%+d".formatted(insn.imm());
      case Opcodes.MAY_GOTO -> "may_goto pc%+d".formatted(insn.off());
      default -> "BUG_jmp_%02x".formatted(insn.opcode());
    };
  }

  private static String call(Insn insn, CallNames names) {
    return switch (insn.src()) {
      case Opcodes.PSEUDO_CALL -> "call pc%+d".formatted(insn.imm());
      case Opcodes.PSEUDO_KFUNC_CALL -> "call %s#%d".formatted(names.kfunc(insn.imm()), insn.imm());
      default -> "call %s#%d".formatted(names.helper(insn.imm()), insn.imm());
    };
  }

  private static int mode(Insn insn) {
    return insn.opcode() & 0xe0;
  }

  private static char width(Insn insn, int narrowClass) {
    return (insn.opcode() & 7) == narrowClass ? 'w' : 'r';
  }

  private static String type(Insn insn) {
    String[] names = mode(insn) == Opcodes.MEMSX ? SIGNED_SIZES : SIZES;
    return names[insn.opcode() >>> 3 & 3] + " *";
  }

  private static String memory(Insn insn, int register) {
    return "*(%s)(r%d %+d)".formatted(type(insn), register, insn.off());
  }
}
