package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;

/** The ALU insns ({@code check_alu_op}, Linux 6.18): V-05, V-31 to V-43, V-60 to V-64. */
final class Arithmetic {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;

  private final Step step;
  private final PointerArithmetic pointers;

  Arithmetic(Step step) {
    this.step = step;
    pointers = new PointerArithmetic(step);
  }

  void run(Insn insn) {
    switch (insn.opcode() & 0xf0) {
      case Opcodes.NEG -> negate(insn);
      case Opcodes.END -> swap(insn);
      case Opcodes.MOV -> move(insn);
      default -> binary(insn);
    }
  }

  private static boolean isWide(Insn insn) {
    return (insn.opcode() & 7) == Opcodes.ALU64;
  }

  private static boolean isRegister(Insn insn) {
    return (insn.opcode() & Opcodes.X) != 0;
  }

  private void negate(Insn insn) {
    if (insn.src() != 0 || insn.off() != 0 || insn.imm() != 0) {
      throw invalid("BPF_NEG uses reserved fields");
    }
    Reg dst = unaryOperand(insn);
    step.setReg(
        insn.dst(),
        dst.isScalar()
            ? Reg.scalar(DOMAIN.alu(Opcodes.NEG, isWide(insn), dst.var(), dst.var()))
            : Reg.UNKNOWN);
  }

  private void swap(Insn insn) {
    int bits = insn.imm();
    boolean known = bits == 16 || bits == 32 || bits == 64;
    if (insn.src() != 0 || insn.off() != 0 || !known || isWide(insn) && isRegister(insn)) {
      throw invalid("BPF_END uses reserved fields");
    }
    Reg dst = unaryOperand(insn);
    boolean swaps = isWide(insn) || isRegister(insn);
    step.setReg(
        insn.dst(), dst.isScalar() ? Reg.scalar(DOMAIN.swap(dst.var(), bits, swaps)) : Reg.UNKNOWN);
  }

  private Reg unaryOperand(Insn insn) {
    step.requireReadable(insn.dst());
    if (step.leaks(insn.dst())) {
      throw denied("R%d pointer arithmetic prohibited".formatted(insn.dst()));
    }
    step.requireWritable(insn.dst());
    return step.reg(insn.dst());
  }

  private void move(Insn insn) {
    if (!isRegister(insn)) {
      if (insn.src() != 0 || insn.off() != 0) {
        throw invalid("BPF_MOV uses reserved fields");
      }
      step.requireWritable(insn.dst());
      step.setReg(insn.dst(), Reg.constant(isWide(insn) ? insn.imm() : insn.imm() & 0xffffffffL));
      return;
    }
    int off = insn.off();
    if (isWide(insn) && off == 1) {
      throw invalid(
          insn.imm() == 1 || insn.imm() == 1 << 16
              ? "addr_space_cast insn can only be used in a program that has an associated arena"
              : "addr_space_cast insn can only convert between address space 1 and 0");
    }
    boolean extends64 = isWide(insn) && off == 32;
    if (off != 0 && off != 8 && off != 16 && !extends64 || insn.imm() != 0) {
      throw invalid("BPF_MOV uses reserved fields");
    }
    step.requireReadable(insn.src());
    step.requireWritable(insn.dst());
    step.setReg(insn.dst(), isWide(insn) ? moved(insn, off) : movedHalf(insn, off));
  }

  private Reg moved(Insn insn, int bits) {
    Reg src = step.reg(insn.src());
    if (bits == 0) {
      return linked(insn.src());
    }
    if (!src.isScalar()) {
      if (step.isStrict()) {
        throw denied("R%d sign-extension part of pointer".formatted(insn.src()));
      }
      return Reg.UNKNOWN;
    }
    Reg base = fits(src, bits - 1) ? linked(insn.src()) : src.unlinked();
    return base.withVar(DOMAIN.signExtend(src.var(), bits)).plain();
  }

  private Reg movedHalf(Insn insn, int bits) {
    Reg src = step.reg(insn.src());
    if (!src.isScalar()) {
      if (step.isStrict()) {
        throw denied("R%d partial copy of pointer".formatted(insn.src()));
      }
      return Reg.scalar(DOMAIN.zeroExtendHalf(DOMAIN.unknown()));
    }
    Reg base = fits(src, bits == 0 ? 32 : bits - 1) ? linked(insn.src()) : src.unlinked();
    Scalar value =
        bits == 0 ? DOMAIN.zeroExtendHalf(src.var()) : DOMAIN.signExtendHalf(src.var(), bits);
    return base.withVar(value).plain();
  }

  /** Tells whether every value of {@code src} is below {@code 1 << bits}, unsigned. */
  private static boolean fits(Reg src, int bits) {
    return src.widthBits() <= bits;
  }

  /** Gives a scalar an id, so that what is learnt of one copy is known of the other (V-43). */
  private Reg linked(int index) {
    Reg named = ScalarIds.named(step, step.reg(index));
    if (named != step.reg(index)) {
      step.state().setReg(index, named);
    }
    return named;
  }

  private void binary(Insn insn) {
    int op = insn.opcode() & 0xf0;
    boolean divides = op == Opcodes.DIV || op == Opcodes.MOD;
    boolean offOk = insn.off() == 0 || insn.off() == 1 && divides;
    if (!offOk || (isRegister(insn) ? insn.imm() : insn.src()) != 0) {
      throw invalid("BPF_ALU uses reserved fields");
    }
    if (isRegister(insn)) {
      step.requireReadable(insn.src());
    }
    step.requireReadable(insn.dst());
    if (divides && !isRegister(insn) && insn.imm() == 0) {
      throw invalid("div by zero");
    }
    boolean shifts = op == Opcodes.LSH || op == Opcodes.RSH || op == Opcodes.ARSH;
    int width = isWide(insn) ? 64 : 32;
    if (shifts && !isRegister(insn) && (insn.imm() < 0 || insn.imm() >= width)) {
      throw invalid("invalid shift " + insn.imm());
    }
    step.requireWritable(insn.dst());
    compute(insn, op);
  }

  private void compute(Insn insn, int op) {
    Reg dst = step.reg(insn.dst());
    Reg src = isRegister(insn) ? step.reg(insn.src()) : Reg.constant(insn.imm());
    if (!src.isScalar() && !dst.isScalar()) {
      if (op != Opcodes.SUB || step.isStrict()) {
        throw denied(
            "R%d pointer %s pointer prohibited"
                .formatted(insn.dst(), AluOp.of(insn.opcode()).symbol()));
      }
      step.setReg(insn.dst(), Reg.UNKNOWN);
      return;
    }
    if (!src.isScalar()) {
      step.path().precise(insn.dst());
      step.setReg(insn.dst(), pointers.apply(insn, src, dst, true));
      return;
    }
    if (!dst.isScalar()) {
      if (isRegister(insn)) {
        step.path().precise(insn.src());
      }
      step.setReg(insn.dst(), pointers.apply(insn, dst, src, false));
      return;
    }
    Reg result = dst.withVar(DOMAIN.alu(op, isWide(insn), dst.var(), src.var()));
    if (result.has(Reg.UNTRUSTED) && (op != Opcodes.ADD || isRegister(insn) || !isWide(insn))) {
      result = result.withFlags(0); // an address plus a constant at most can be followed
    }
    boolean moves = op == Opcodes.ADD || op == Opcodes.SUB;
    Scalar by = src.var();
    boolean constant = isWide(insn) ? by.isConstant() : by.u32min() == by.u32max();
    if (moves && constant) {
      long sum = isWide(insn) ? by.value() : by.u32min();
      step.setReg(
          insn.dst(), ScalarIds.added(result, dst, op == Opcodes.ADD ? sum : -sum, isWide(insn)));
    } else {
      step.setReg(insn.dst(), shifted(insn, dst, result));
    }
  }

  /**
   * Follows the link of a scalar through {@code r <<= 32; r >>= 32}, which changes nothing where
   * the upper half was 0: so code for old CPU versions keeps the bounds that newer code keeps.
   */
  private static Reg shifted(Insn insn, Reg dst, Reg result) {
    boolean byHalf = isWide(insn) && !isRegister(insn) && insn.imm() == 32;
    int op = insn.opcode() & 0xf0;
    boolean plain = dst.id() != 0 && !dst.has(Reg.SHIFTED) && dst.distance() == 0;
    if (byHalf && op == Opcodes.LSH && plain && fits(dst, 32)) {
      return result.withFlags(Reg.SHIFTED);
    }
    if (byHalf && op == Opcodes.RSH && dst.has(Reg.SHIFTED)) {
      return result.withFlags(0);
    }
    return result.unlinked();
  }
}
