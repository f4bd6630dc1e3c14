package dev.sonde.jit.plan;

import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.Proof.Memory;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which registers are another one plus a constant. clang computes the addresses of {@code a[i + 1]}
 * to {@code a[i + 7]} before a loop and keeps seven pointers, most of them on the stack; as offsets
 * from the one they come from they cost the JVM neither registers nor moves.
 */
final class Bases {
  private static final int MOVE = Opcodes.ALU64 | Opcodes.MOV | Opcodes.X;
  private static final int ADD = Opcodes.ALU64 | Opcodes.ADD;

  private final Knowledge known;
  private final List<Block> blocks;
  private final @Nullable Forms[] atStart;

  /** By register: which register it comes from, itself if none, and what to add. */
  private record Forms(int[] base, int[] offset) {
    static Forms none(int registers) {
      int[] base = new int[registers];
      Arrays.setAll(base, r -> r);
      return new Forms(base, new int[registers]);
    }

    Forms copy() {
      return new Forms(base.clone(), offset.clone());
    }

    /** Keeps what both say; tells whether something was lost. */
    boolean meet(Forms other) {
      boolean lost = false;
      for (int r = 0; r < base.length; r++) {
        boolean same = base[r] == other.base[r] && offset[r] == other.offset[r];
        if (!same && base[r] != r) {
          forget(r);
          lost = true;
        }
      }
      return lost;
    }

    void forget(int register) {
      base[register] = register;
      offset[register] = 0;
    }

    void set(int register, int from, int plus) {
      base[register] = from;
      offset[register] = plus;
    }
  }

  private Bases(Knowledge known, List<Block> blocks, int start, int registers) {
    this.known = known;
    this.blocks = blocks;
    this.atStart = new Forms[blocks.size()];
    atStart[start] = Forms.none(registers);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Block block : blocks) {
        changed |= flow(block);
      }
    }
  }

  /** Has the accesses of the function use the registers that their addresses come from. */
  static void use(Knowledge known, List<Block> blocks, int start, int registers) {
    Bases bases = new Bases(known, blocks, start, registers);
    for (Block block : blocks) {
      bases.rewrite(block);
    }
  }

  private boolean flow(Block block) {
    Forms given = atStart[block.index()];
    if (given == null) {
      return false;
    }
    Forms forms = given.copy();
    for (int at = block.first(); at <= block.last() && known.isReached(at); at += known.step(at)) {
      pass(known.insn(at), forms);
    }
    boolean changed = false;
    for (int successor : block.successors()) {
      Forms there = atStart[successor];
      if (there == null) {
        atStart[successor] = forms.copy();
        changed = true;
      } else {
        changed |= there.meet(forms);
      }
    }
    return changed;
  }

  private static void pass(Op insn, Forms forms) {
    int register = Operands.defined(insn);
    if (register == Operands.NONE) {
      return;
    }
    int base = register;
    long offset = 0;
    if (insn.opcode() == MOVE && insn.off() == 0) {
      base = forms.base[insn.src()];
      offset = forms.offset[insn.src()];
    } else if (insn.opcode() == ADD) {
      base = forms.base[register];
      offset = (long) forms.offset[register] + insn.imm();
    }
    boolean itself = base == register;
    if (itself && offset == 0 && insn.opcode() == MOVE) {
      return; // moved back to where it came from
    }
    for (int r = 0; r < forms.base.length; r++) {
      if (forms.base[r] == register) {
        forms.forget(r);
      }
    }
    if (itself || (short) offset != offset) {
      forms.forget(register);
    } else {
      forms.set(register, base, (int) offset);
    }
  }

  private void rewrite(Block block) {
    Forms given = atStart[block.index()];
    if (given == null) {
      return;
    }
    Forms forms = given.copy();
    for (int at = block.first(); at <= block.last() && known.isReached(at); at += known.step(at)) {
      if (known.proof().memory(at) == Memory.PLAIN) {
        rewrite(at, known.insn(at), forms);
      }
      pass(known.insn(at), forms);
    }
  }

  private void rewrite(int at, Op insn, Forms forms) {
    int mode = insn.opcode() & 0xe0;
    boolean plain = mode == Opcodes.MEM || mode == Opcodes.MEMSX;
    int cls = insn.opcode() & 7;
    if (!plain) {
      return;
    }
    if (cls == Opcodes.LDX && forms.base[insn.src()] != insn.src()) {
      int off = insn.off() + forms.offset[insn.src()];
      known.replace(at, new Op(insn.opcode(), insn.dst(), forms.base[insn.src()], off, insn.imm()));
    } else if ((cls == Opcodes.ST || cls == Opcodes.STX) && forms.base[insn.dst()] != insn.dst()) {
      int off = insn.off() + forms.offset[insn.dst()];
      known.replace(at, new Op(insn.opcode(), forms.base[insn.dst()], insn.src(), off, insn.imm()));
    }
  }
}
