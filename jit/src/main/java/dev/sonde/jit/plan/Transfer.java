package dev.sonde.jit.plan;

import dev.sonde.jit.plan.Definitions.Definition;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.vm.isa.AluOp;
import dev.sonde.vm.isa.Opcodes;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** What values an insn can give, from those of its operands. */
final class Transfer {
  private final Knowledge known;

  Transfer(Knowledge known) {
    this.known = known;
  }

  /** Returns what can be said without looking at operands. */
  Interval alone(Definition definition) {
    Op insn = known.insn(definition.insn());
    Interval own =
        switch (insn.opcode() & 7) {
          case Opcodes.LD -> loaded(insn);
          case Opcodes.LDX -> loadedByRegister(definition.insn(), insn);
          case Opcodes.ALU -> constant(insn, Interval.WORD);
          case Opcodes.ALU64 -> constant(insn, Interval.ALL);
          default -> insn.opcode() == Opcodes.CALL ? returned(definition.insn()) : Interval.ALL;
        };
    ProgramFacts.Range proved = known.range(definition.insn());
    return proved == null ? own : own.intersect(new Interval(proved.min(), proved.max()));
  }

  private Interval returned(int index) {
    return known.isHighestBitOfNonZero(index) ? new Interval(1, Long.SIZE) : Interval.ALL;
  }

  private static Interval loaded(Op insn) {
    return insn.isLdImm64() ? Interval.ALL : Interval.WORD;
  }

  /** A packet pointer is loaded as 8 bytes, whatever the insn says. */
  private Interval loadedByRegister(int index, Op insn) {
    boolean signed = (insn.opcode() & 0xe0) == Opcodes.MEMSX;
    boolean moved =
        known.proof().memory(index) == dev.sonde.vm.program.Proof.Memory.CONTEXT
            && known.proof().program().spec().type().contextLayout().hasPacket();
    if (moved) {
      return Interval.ALL;
    }
    return switch (insn.opcode() & 0x18) {
      case Opcodes.B ->
          signed ? new Interval(Byte.MIN_VALUE, Byte.MAX_VALUE) : new Interval(0, 255);
      case Opcodes.H ->
          signed ? new Interval(Short.MIN_VALUE, Short.MAX_VALUE) : new Interval(0, 0xffff);
      case Opcodes.W -> signed ? new Interval(Integer.MIN_VALUE, Integer.MAX_VALUE) : Interval.WORD;
      default -> Interval.ALL;
    };
  }

  private static Interval constant(Op insn, Interval otherwise) {
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    int operation = insn.opcode() & 0xf0;
    boolean wide = (insn.opcode() & 7) == Opcodes.ALU64;
    if (operation == Opcodes.MOV && register && insn.off() != 0) {
      return extended(insn.off(), wide);
    }
    if (operation == Opcodes.MOV && !register) {
      return Interval.of(wide ? insn.imm() : insn.imm() & Interval.U32);
    }
    if (operation == Opcodes.AND && !register && insn.imm() >= 0) {
      return new Interval(0, insn.imm());
    }
    if (operation == Opcodes.END) {
      return swapped(insn.imm());
    }
    return otherwise;
  }

  /** A move of part of a register; a negative number of bits is zero-extended. */
  private static Interval extended(int bits, boolean wide) {
    if (bits < 0) {
      return new Interval(0, (1L << -bits) - 1);
    }
    return wide ? new Interval(-1L << bits - 1, (1L << bits - 1) - 1) : Interval.WORD;
  }

  private static Interval swapped(int bits) {
    return bits == 16 ? new Interval(0, 0xffff) : bits == 32 ? Interval.WORD : Interval.ALL;
  }

  /**
   * Returns what can be said from the operands, or null as long as nothing has reached one.
   *
   * @param values the interval of a web, null: nothing yet
   */
  @Nullable Interval of(Definition definition, IntFunction<@Nullable Interval> values) {
    Interval alone = alone(definition);
    Op insn = known.insn(definition.insn());
    int cls = insn.opcode() & 7;
    if (cls != Opcodes.ALU && cls != Opcodes.ALU64) {
      return alone;
    }
    AluOp op = AluOp.of(insn.opcode());
    boolean register = (insn.opcode() & Opcodes.X) != 0;
    boolean plain = insn.off() == 0 && op != AluOp.NEG && op != AluOp.END;
    if (!plain) {
      return alone;
    }
    Interval operand = register ? values.apply(definition.src()) : Interval.of(insn.imm());
    Interval target = op == AluOp.MOV ? operand : values.apply(definition.dst());
    if (operand == null || target == null) {
      return null;
    }
    Interval result =
        cls == Opcodes.ALU64
            ? op == AluOp.MOV ? operand : target.apply(op, operand)
            : word(op, target, operand, register);
    return result.intersect(alone);
  }

  /** A 32-bit operation: on the lower halves, and the result is a lower half again. */
  private static Interval word(AluOp op, Interval target, Interval operand, boolean register) {
    if (op == AluOp.MOV) {
      return operand.word();
    }
    if (op == AluOp.ADD && !register && operand.min() < 0) {
      return target.word().apply(AluOp.SUB, Interval.of(-operand.min())).word();
    }
    boolean signed = op == AluOp.ARSH && target.word().max() > Integer.MAX_VALUE;
    boolean shifts = op == AluOp.LSH || op == AluOp.RSH || op == AluOp.ARSH;
    boolean far = shifts && operand.word().max() > 31;
    return signed || far ? Interval.WORD : target.word().apply(op, operand.word()).word();
  }
}
