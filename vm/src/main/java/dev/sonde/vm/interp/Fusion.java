package dev.sonde.vm.interp;

import static dev.sonde.vm.isa.Opcodes.ADD;
import static dev.sonde.vm.isa.Opcodes.ALU;
import static dev.sonde.vm.isa.Opcodes.ALU64;
import static dev.sonde.vm.isa.Opcodes.ARSH;
import static dev.sonde.vm.isa.Opcodes.B;
import static dev.sonde.vm.isa.Opcodes.JEQ;
import static dev.sonde.vm.isa.Opcodes.JLT;
import static dev.sonde.vm.isa.Opcodes.JMP;
import static dev.sonde.vm.isa.Opcodes.JMP32;
import static dev.sonde.vm.isa.Opcodes.JNE;
import static dev.sonde.vm.isa.Opcodes.LDX;
import static dev.sonde.vm.isa.Opcodes.LSH;
import static dev.sonde.vm.isa.Opcodes.MEM;
import static dev.sonde.vm.isa.Opcodes.MOV;
import static dev.sonde.vm.isa.Opcodes.RSH;
import static dev.sonde.vm.isa.Opcodes.X;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pairs of insns that become one word, because a dispatch costs more than what most operations do:
 * what clang's loops are made of. Nobody may jump to the second insn of a pair.
 */
final class Fusion {
  private static final int NOTHING = -1;

  private Fusion() {}

  /**
   * A pair as one word.
   *
   * @param targetSlot where the word jumps to, -1 if it does not jump
   */
  record Pair(int op, int dst, int src, int third, long imm, int targetSlot) {
    static Pair of(int op, int dst, int src, int third, long imm) {
      return new Pair(op, dst, src, third, imm, NOTHING);
    }
  }

  /** Returns which slots are reached by other ways than from the slot before. */
  static BitSet targets(List<Insn> insns) {
    BitSet targets = new BitSet(insns.size());
    for (int slot = 0; slot < insns.size(); slot++) {
      Insn insn = insns.get(slot);
      int cls = insn.opcode() & 7;
      boolean jumps = (cls == JMP || cls == JMP32) && insn.opcode() != Opcodes.CALL;
      boolean byImmediate =
          insn.opcode() == JMP32
              || insn.isPseudoCall()
              || insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC;
      if (jumps || byImmediate) {
        long target = slot + 1L + (byImmediate ? insn.imm() : insn.off());
        if (target >= 0 && target < insns.size()) {
          targets.set((int) target);
        }
      }
      if (insn.isLdImm64()) {
        slot++;
      }
    }
    return targets;
  }

  /** Returns {@code first} and {@code second}, which stands at {@code slot}, as one; or null. */
  static @Nullable Pair of(Insn first, Insn second, int slot) {
    Pair pair = afterMove(first, second);
    if (pair == null) {
      pair = extension(first, second);
    }
    if (pair == null) {
      pair = countAndTest(first, second, slot);
    }
    return pair != null ? pair : loadAndTest(first, second, slot);
  }

  /** {@code a = b; a += c} or {@code a = b; a += 8}. */
  private static @Nullable Pair afterMove(Insn move, Insn add) {
    boolean fits = is(move, ALU64 | MOV | X) && move.off() == 0 && add.dst() == move.dst();
    if (fits && is(add, ALU64 | ADD | X)) {
      // a += a would read what the move has written
      return add.src() == add.dst() ? null : Pair.of(Op.SUM, move.dst(), move.src(), add.src(), 0);
    }
    return fits && is(add, ALU64 | ADD)
        ? Pair.of(Op.SUM_K, move.dst(), move.src(), 0, add.imm())
        : null;
  }

  /** {@code a <<= 32; a >>= 32}, zero- or sign-extending: how cpu v1 and v2 write a 32-bit move. */
  private static @Nullable Pair extension(Insn left, Insn right) {
    boolean fits =
        is(left, ALU64 | LSH) && left.imm() == 32 && right.imm() == 32 && left.dst() == right.dst();
    if (fits && is(right, ALU64 | RSH)) {
      return Pair.of(Op.MOV32_X, left.dst(), left.dst(), 0, 0);
    }
    return fits && is(right, ALU64 | ARSH)
        ? Pair.of(Op.MOVSX64_32, left.dst(), left.dst(), 0, 0)
        : null;
  }

  /** {@code a += 1; if a != 10 goto} and its like: the end of a counted loop. */
  private static @Nullable Pair countAndTest(Insn add, Insn jump, int slot) {
    if (add.dst() != jump.dst()) {
      return null;
    }
    int target = slot + 1 + jump.off();
    if (is(add, ALU64 | ADD) && is(jump, JMP | JNE)) {
      long both = add.imm() & 0xffffffffL | (long) jump.imm() << 32;
      return new Pair(Op.ADD_JNE64_K, add.dst(), 0, 0, both, target);
    }
    boolean other = jump.src() != jump.dst();
    if (other && is(add, ALU64 | ADD) && is(jump, JMP | JLT | X)) {
      return new Pair(Op.ADD_JLT64_X, add.dst(), jump.src(), 0, add.imm(), target);
    }
    return other && is(add, ALU | ADD) && is(jump, JMP32 | JLT | X)
        ? new Pair(Op.ADD_JLT32_X, add.dst(), jump.src(), 0, add.imm(), target)
        : null;
  }

  /** {@code a = *(u8 *)(b + 2); if a != 0 goto}: what string loops do. */
  private static @Nullable Pair loadAndTest(Insn load, Insn jump, int slot) {
    if (!is(load, LDX | MEM | B) || jump.dst() != load.dst()) {
      return null;
    }
    int target = slot + 1 + jump.off();
    int op =
        is(jump, JMP32 | JNE)
            ? Op.LDX_B_JNE32_K
            : is(jump, JMP32 | JEQ)
                ? Op.LDX_B_JEQ32_K
                : is(jump, JMP32 | JNE | X) ? Op.LDX_B_JNE32_X : NOTHING;
    if (op == NOTHING || op == Op.LDX_B_JNE32_X && jump.src() == jump.dst()) {
      return null;
    }
    long both = load.off() & 0xffffffffL | (long) jump.imm() << 32;
    return new Pair(op, load.dst(), load.src(), jump.src(), both, target);
  }

  private static boolean is(Insn insn, int opcode) {
    return insn.opcode() == opcode;
  }
}
