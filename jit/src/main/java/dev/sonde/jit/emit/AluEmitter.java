package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Op;
import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.InvalidInsnException;
import net.bytebuddy.jar.asm.Opcodes;

/** Writes arithmetic. A 32-bit result is computed in an int and zero-extended when it is kept. */
final class AluEmitter {
  private final Code code;
  private final Registers registers;

  AluEmitter(Code code, Registers registers) {
    this.code = code;
    this.registers = registers;
  }

  void emit(int index, Op insn) {
    if (registers.definesNothing(index)) {
      return; // arithmetic has no other effect than its result, which is known
    }
    boolean wide = (insn.opcode() & 7) == dev.sonde.vm.isa.Opcodes.ALU64;
    AluOp op = AluOp.of(insn.opcode());
    switch (op) {
      case MOV -> move(index, insn, wide);
      case NEG -> negate(index, insn, wide);
      case END -> swap(index, insn, wide);
      case DIV, MOD -> divide(index, insn, op == AluOp.MOD, wide);
      case LSH, RSH, ARSH -> shift(index, insn, op, wide);
      default -> binary(index, insn, op, wide);
    }
  }

  private void move(int index, Op insn, boolean wide) {
    if (insn.off() != 0 && isRegister(insn)) {
      extend(index, insn, wide);
    } else if (!wide) {
      pushIntOperand(insn);
      registers.storeInt(index, insn.dst());
    } else if (registers.definesInt(index)) {
      pushIntOperand(insn);
      registers.storeInt(index, insn.dst());
    } else {
      pushLongOperand(insn);
      registers.storeLong(index, insn.dst());
    }
  }

  private void extend(int index, Op insn, boolean wide) {
    registers.pushInt(insn.src());
    switch (insn.off()) {
      case 8 -> code.op(Opcodes.I2B);
      case 16 -> code.op(Opcodes.I2S);
      case 32 -> {}
      case -8 -> {
        code.push(0xff);
        code.op(Opcodes.IAND);
      }
      case -16 -> code.op(Opcodes.I2C);
      default -> throw unknown(index, insn);
    }
    if (wide) {
      registers.storeSigned(index, insn.dst());
    } else {
      registers.storeInt(index, insn.dst());
    }
  }

  private void negate(int index, Op insn, boolean wide) {
    if (wide) {
      registers.pushLong(insn.dst());
      code.op(Opcodes.LNEG);
      registers.storeLong(index, insn.dst());
    } else {
      registers.pushInt(insn.dst());
      code.op(Opcodes.INEG);
      registers.storeInt(index, insn.dst());
    }
  }

  /** The host is little endian: to little endian only cuts. */
  private void swap(int index, Op insn, boolean always) {
    boolean swaps = always || isRegister(insn);
    if (insn.imm() == 64) {
      registers.pushLong(insn.dst());
      if (swaps) {
        code.call(Long.class, "reverseBytes", "(J)J");
      }
      registers.storeLong(index, insn.dst());
      return;
    }
    if (insn.imm() != 32 && insn.imm() != 16) {
      throw unknown(index, insn);
    }
    registers.pushInt(insn.dst());
    if (swaps) {
      code.call(Integer.class, "reverseBytes", "(I)I");
      if (insn.imm() == 16) {
        code.push(16);
        code.op(Opcodes.IUSHR);
      }
    } else if (insn.imm() == 16) {
      code.push(0xffff);
      code.op(Opcodes.IAND);
    }
    registers.storeInt(index, insn.dst());
  }

  // ---- division ---------------------------------------------------------------------------------

  private void divide(int index, Op insn, boolean modulo, boolean wide) {
    if (insn.off() == 1) {
      divideSigned(index, insn, modulo, wide);
      return;
    }
    if (isPlain(insn, wide)) {
      dividePlain(index, insn, modulo, wide);
      return;
    }
    String name = modulo ? "modulo" : "divide";
    if (wide) {
      registers.pushLong(insn.dst());
      pushLongOperand(insn);
      code.call(Arithmetic.class, name, "(JJ)J");
      registers.storeLong(index, insn.dst());
    } else {
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.call(Arithmetic.class, name, "(II)I");
      registers.storeInt(index, insn.dst());
    }
  }

  /** Where both are known to be 0 or more, and the divisor 1 or more, Java divides as eBPF does. */
  private boolean isPlain(Op insn, boolean wide) {
    if (!isRegister(insn)) {
      boolean positive = insn.imm() > 0;
      int web = registers.web(insn.dst());
      return positive && (wide ? registers.types().min(web) >= 0 : true);
    }
    int dividend = registers.web(insn.dst());
    int divisor = registers.web(insn.src());
    boolean low = registers.types().min(dividend) >= 0 && registers.types().min(divisor) > 0;
    return wide
        ? low
        : low
            && registers.types().fitsUnsigned(dividend)
            && registers.types().fitsUnsigned(divisor);
  }

  private void dividePlain(int index, Op insn, boolean modulo, boolean wide) {
    int web = registers.web(insn.dst());
    boolean small = registers.types().min(web) >= 0 && registers.types().fitsSigned(web);
    boolean smallDivisor =
        !isRegister(insn) || registers.types().fitsSigned(registers.web(insn.src()));
    if (small && smallDivisor) {
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.op(modulo ? Opcodes.IREM : Opcodes.IDIV);
      registers.storeInt(index, insn.dst());
      return;
    }
    if (wide) {
      registers.pushLong(insn.dst());
      pushLongOperand(insn);
    } else {
      registers.pushUnsigned(insn.dst());
      pushUnsignedOperand(insn);
    }
    code.op(modulo ? Opcodes.LREM : Opcodes.LDIV);
    registers.storeLong(index, insn.dst());
  }

  private void divideSigned(int index, Op insn, boolean modulo, boolean wide) {
    String name = modulo ? "moduloSigned" : "divideSigned";
    if (wide) {
      registers.pushLong(insn.dst());
      pushLongOperand(insn);
      code.call(Arithmetic.class, name, "(JJ)J");
      registers.storeLong(index, insn.dst());
    } else {
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.call(Arithmetic.class, name, "(II)I");
      registers.storeInt(index, insn.dst());
    }
  }

  // ---- the rest ---------------------------------------------------------------------------------

  /** The JVM takes the shift's amount modulo the width, as eBPF does. */
  private void shift(int index, Op insn, AluOp op, boolean wide) {
    if (!wide || isNarrowShift(index, insn, op)) {
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.op(op == AluOp.LSH ? Opcodes.ISHL : op == AluOp.RSH ? Opcodes.IUSHR : Opcodes.ISHR);
      registers.storeInt(index, insn.dst());
      return;
    }
    registers.pushLong(insn.dst());
    pushIntOperand(insn);
    code.op(op == AluOp.LSH ? Opcodes.LSHL : op == AluOp.RSH ? Opcodes.LUSHR : Opcodes.LSHR);
    registers.storeLong(index, insn.dst());
  }

  private boolean isNarrowShift(int index, Op insn, AluOp op) {
    if (!registers.definesInt(index) || isRegister(insn) || (insn.imm() & 63) >= 32) {
      return false;
    }
    int web = registers.web(insn.dst());
    return switch (op) {
      case LSH -> true; // the lower half of the result is that of the operand, shifted
      case RSH -> registers.types().fitsUnsigned(web);
      default -> registers.types().fitsSigned(web);
    };
  }

  private void binary(int index, Op insn, AluOp op, boolean wide) {
    if (!wide || registers.definesInt(index)) {
      if (isIncrement(index, insn, op)) {
        registers.increment(insn.dst(), insn.imm());
        return;
      }
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.op(intOp(op));
      registers.storeInt(index, insn.dst());
      return;
    }
    if (op == AluOp.AND && isNarrowAnd(insn)) {
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.op(Opcodes.IAND);
      registers.storeInt(index, insn.dst());
      return;
    }
    registers.pushLong(insn.dst());
    pushLongOperand(insn);
    code.op(intOp(op) + 1); // the long form of each is the opcode behind
    registers.storeLong(index, insn.dst());
  }

  private boolean isNarrowAnd(Op insn) {
    boolean immediate = !isRegister(insn) && insn.imm() >= 0;
    return immediate
        || isRegister(insn) && registers.types().fitsUnsigned(registers.web(insn.src()));
  }

  private boolean isIncrement(int index, Op insn, AluOp op) {
    return op == AluOp.ADD
        && !isRegister(insn)
        && (short) insn.imm() == insn.imm()
        && registers.definesInt(index)
        && registers.webDefinedBy(index) == registers.web(insn.dst());
  }

  private static int intOp(AluOp op) {
    return switch (op) {
      case ADD -> Opcodes.IADD;
      case SUB -> Opcodes.ISUB;
      case MUL -> Opcodes.IMUL;
      case OR -> Opcodes.IOR;
      case AND -> Opcodes.IAND;
      default -> Opcodes.IXOR;
    };
  }

  private static boolean isRegister(Op insn) {
    return (insn.opcode() & dev.sonde.vm.isa.Opcodes.X) != 0;
  }

  private void pushLongOperand(Op insn) {
    if (isRegister(insn)) {
      registers.pushLong(insn.src());
    } else {
      code.push((long) insn.imm());
    }
  }

  private void pushIntOperand(Op insn) {
    if (isRegister(insn)) {
      registers.pushInt(insn.src());
    } else {
      code.push(insn.imm());
    }
  }

  private void pushUnsignedOperand(Op insn) {
    if (isRegister(insn)) {
      registers.pushUnsigned(insn.src());
    } else {
      code.push(insn.imm() & 0xffffffffL);
    }
  }

  private static InvalidInsnException unknown(int index, Op insn) {
    return new InvalidInsnException(
        "insn %d: opcode 0x%02x with offset %d and immediate %d is none"
            .formatted(index, insn.opcode(), insn.off(), insn.imm()));
  }
}
