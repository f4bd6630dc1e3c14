package dev.sonde.verifier.domain;

import dev.sonde.vm.isa.JumpOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.Arrays;

/**
 * What RFC 9669 says that an insn computes, at any width: the plain arithmetic that the abstract
 * one must contain. Written apart from the interpreter, which only knows 64 bits.
 */
public final class Concrete {
  static final int[] ALU = {
    Opcodes.ADD,
    Opcodes.SUB,
    Opcodes.MUL,
    Opcodes.DIV,
    Opcodes.OR,
    Opcodes.AND,
    Opcodes.LSH,
    Opcodes.RSH,
    Opcodes.NEG,
    Opcodes.MOD,
    Opcodes.XOR,
    Opcodes.ARSH
  };
  static final int[] JUMPS = Arrays.stream(JumpOp.values()).mapToInt(JumpOp::code).toArray();

  private final int bits;

  public Concrete(int bits) {
    this.bits = bits;
  }

  public static long unsigned(long value, int bits) {
    return bits == 64 ? value : value & (1L << bits) - 1;
  }

  public static long signed(long value, int bits) {
    return value << (64 - bits) >> (64 - bits);
  }

  /** {@code x op y} of the class ALU64 (wide) or ALU; both operands zero-extended. */
  public long alu(int operation, boolean wide, long x, long y) {
    int width = wide ? bits : bits / 2;
    long a = unsigned(x, width);
    long b = unsigned(y, width);
    int shift = (int) Long.remainderUnsigned(b, width); // at 32 and 64 bits: the low 5 or 6 bits
    long result =
        switch (operation) {
          case Opcodes.ADD -> a + b;
          case Opcodes.SUB -> a - b;
          case Opcodes.MUL -> a * b;
          case Opcodes.DIV -> b == 0 ? 0 : Long.divideUnsigned(a, b);
          case Opcodes.MOD -> b == 0 ? a : Long.remainderUnsigned(a, b);
          case Opcodes.OR -> a | b;
          case Opcodes.AND -> a & b;
          case Opcodes.XOR -> a ^ b;
          case Opcodes.NEG -> -a;
          case Opcodes.LSH -> a << shift;
          case Opcodes.RSH -> a >>> shift;
          case Opcodes.ARSH -> signed(a, width) >> shift;
          default -> throw new IllegalArgumentException("operation " + operation);
        };
    return unsigned(result, width);
  }

  public boolean jumps(int operation, boolean wide, long x, long y) {
    int width = wide ? bits : bits / 2;
    long a = unsigned(x, width);
    long b = unsigned(y, width);
    long s = signed(x, width);
    long t = signed(y, width);
    return switch (operation) {
      case Opcodes.JEQ -> a == b;
      case Opcodes.JNE -> a != b;
      case Opcodes.JSET -> (a & b) != 0;
      case Opcodes.JGT -> Long.compareUnsigned(a, b) > 0;
      case Opcodes.JGE -> Long.compareUnsigned(a, b) >= 0;
      case Opcodes.JLT -> Long.compareUnsigned(a, b) < 0;
      case Opcodes.JLE -> Long.compareUnsigned(a, b) <= 0;
      case Opcodes.JSGT -> s > t;
      case Opcodes.JSGE -> s >= t;
      case Opcodes.JSLT -> s < t;
      case Opcodes.JSLE -> s <= t;
      default -> throw new IllegalArgumentException("jump " + operation);
    };
  }

  /** Tells whether {@code scalar} stands for {@code value}, which is zero-extended. */
  public boolean isIn(Scalar scalar, long value) {
    int half = bits / 2;
    return scalar.bits().contains(value)
        && scalar.whole().contains(value, signed(value, bits))
        && scalar.half().contains(unsigned(value, half), signed(value, half));
  }
}
