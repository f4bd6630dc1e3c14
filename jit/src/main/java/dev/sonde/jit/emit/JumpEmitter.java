package dev.sonde.jit.emit;

import dev.sonde.jit.plan.Op;
import dev.sonde.jit.plan.Types;
import dev.sonde.vm.isa.JumpOp;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;

/** Writes conditional jumps. */
final class JumpEmitter {
  /** From JDK 19 on the JVM's compiler makes one insn of it; before, two comparisons. */
  private static final boolean COMPARES_UNSIGNED = Runtime.version().feature() >= 19;

  private final Code code;
  private final Registers registers;

  JumpEmitter(Code code, Registers registers) {
    this.code = code;
    this.registers = registers;
  }

  /**
   * @param inverted whether to jump when the condition does not hold
   */
  void emit(int index, Op insn, JumpOp tested, boolean inverted, Label target) {
    JumpOp op = counted(index, tested);
    boolean wide = (insn.opcode() & 7) == dev.sonde.vm.isa.Opcodes.JMP;
    if (registers.isReference(insn.dst())) {
      registers.pushReference(insn.dst());
      code.jump((op == JumpOp.JEQ) != inverted ? Opcodes.IFNULL : Opcodes.IFNONNULL, target);
    } else if (op == JumpOp.JSET) {
      test(insn, wide, inverted, target);
    } else if (asInts(insn, op, wide)) {
      compareInts(insn, op, inverted, target);
    } else if (asUnsignedInts(insn, op, wide)) {
      compareUnsigned(insn, op, inverted, target);
    } else {
      compareLongs(insn, op, wide, inverted, target);
    }
  }

  /**
   * The JVM's compiler knows a counted loop only by an order: a counter that meets its limit
   * exactly is below (or above) it until then.
   */
  private JumpOp counted(int index, JumpOp op) {
    long step = registers.types().stepOf(index);
    if (step == 0 || op != JumpOp.JEQ && op != JumpOp.JNE) {
      return op;
    }
    boolean up = step > 0;
    return op == JumpOp.JNE ? up ? JumpOp.JSLT : JumpOp.JSGT : up ? JumpOp.JSGE : JumpOp.JSLE;
  }

  private void test(Op insn, boolean wide, boolean inverted, Label target) {
    boolean narrow =
        !wide
            || !isRegister(insn) && insn.imm() >= 0
            || registers.types().fitsUnsigned(registers.web(insn.dst()));
    if (narrow) {
      registers.pushInt(insn.dst());
      pushIntOperand(insn);
      code.op(Opcodes.IAND);
    } else {
      registers.pushLong(insn.dst());
      pushLongOperand(insn);
      code.op(Opcodes.LAND, Opcodes.LCONST_0, Opcodes.LCMP);
    }
    code.jump(inverted ? Opcodes.IFEQ : Opcodes.IFNE, target);
  }

  /** Tells whether comparing the lower halves as Java ints gives the answer. */
  private boolean asInts(Op insn, JumpOp op, boolean wide) {
    Types types = registers.types();
    int a = registers.web(insn.dst());
    boolean equality = op == JumpOp.JEQ || op == JumpOp.JNE;
    boolean signed = fitsSigned(insn);
    if (!wide) {
      boolean low = signed && types.min(a) >= 0 && operandMin(insn) >= 0;
      return equality || !isUnsigned(op) || low;
    }
    if (equality) {
      return signed || types.fitsUnsigned(a) && fitsUnsignedOperand(insn);
    }
    return signed && (!isUnsigned(op) || types.min(a) >= 0 && operandMin(insn) >= 0);
  }

  /** Tells whether comparing the lower halves as unsigned ints gives the answer, and is faster. */
  private boolean asUnsignedInts(Op insn, JumpOp op, boolean wide) {
    boolean halves =
        !wide
            || registers.types().fitsUnsigned(registers.web(insn.dst()))
                && fitsUnsignedOperand(insn);
    return COMPARES_UNSIGNED && isUnsigned(op) && halves;
  }

  private void compareUnsigned(Op insn, JumpOp op, boolean inverted, Label target) {
    registers.pushInt(insn.dst());
    pushIntOperand(insn);
    code.call(Integer.class, "compareUnsigned", "(II)I");
    int opcode = againstZero(op);
    code.jump(inverted ? inverse(opcode) : opcode, target);
  }

  private boolean fitsSigned(Op insn) {
    Types types = registers.types();
    return types.fitsSigned(registers.web(insn.dst()))
        && (!isRegister(insn) || types.fitsSigned(registers.web(insn.src())));
  }

  private boolean fitsUnsignedOperand(Op insn) {
    return isRegister(insn)
        ? registers.types().fitsUnsigned(registers.web(insn.src()))
        : insn.imm() >= 0;
  }

  private long operandMin(Op insn) {
    return isRegister(insn) ? registers.types().min(registers.web(insn.src())) : insn.imm();
  }

  private void compareInts(Op insn, JumpOp op, boolean inverted, Label target) {
    registers.pushInt(insn.dst());
    boolean zero = !isRegister(insn) && insn.imm() == 0;
    int opcode = zero ? againstZero(op) : againstZero(op) + (Opcodes.IF_ICMPEQ - Opcodes.IFEQ);
    if (!zero) {
      pushIntOperand(insn);
    }
    code.jump(inverted ? inverse(opcode) : opcode, target);
  }

  private void compareLongs(Op insn, JumpOp op, boolean wide, boolean inverted, Label target) {
    if (wide) {
      registers.pushLong(insn.dst());
      pushLongOperand(insn);
    } else {
      registers.pushUnsigned(insn.dst());
      pushUnsignedOperand(insn);
    }
    boolean low =
        !wide || registers.types().min(registers.web(insn.dst())) >= 0 && operandMin(insn) >= 0;
    if (isUnsigned(op) && !low) {
      code.call(Long.class, "compareUnsigned", "(JJ)I");
    } else {
      code.op(Opcodes.LCMP);
    }
    int opcode = againstZero(op);
    code.jump(inverted ? inverse(opcode) : opcode, target);
  }

  static boolean isUnsigned(JumpOp op) {
    return op == JumpOp.JGT || op == JumpOp.JGE || op == JumpOp.JLT || op == JumpOp.JLE;
  }

  static int againstZero(JumpOp op) {
    return switch (op) {
      case JEQ -> Opcodes.IFEQ;
      case JNE, JSET -> Opcodes.IFNE;
      case JGT, JSGT -> Opcodes.IFGT;
      case JGE, JSGE -> Opcodes.IFGE;
      case JLT, JSLT -> Opcodes.IFLT;
      case JLE, JSLE -> Opcodes.IFLE;
    };
  }

  /** The JVM's comparisons come in pairs of opposites: eq ne, lt ge, gt le. */
  static int inverse(int opcode) {
    return (opcode - Opcodes.IFEQ ^ 1) + Opcodes.IFEQ;
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
}
