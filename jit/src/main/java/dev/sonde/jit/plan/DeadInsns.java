package dev.sonde.jit.plan;

import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.vm.isa.Opcodes;
import java.util.Arrays;
import java.util.List;

/**
 * Finds insns that only compute what nobody reads: pointers to keys and maps that are known, and
 * addresses that became offsets, and what is loaded for jumps whose way is known. The JVM's
 * compiler would drop them too, but its interpreter would not, and a class keeps their bytes.
 */
final class DeadInsns {
  private DeadInsns() {}

  /** Returns what is live at the start of each block once all such insns are dead. */
  static long[] kill(Knowledge known, List<Block> blocks, Liveness.Callees callees) {
    long[] live = Liveness.of(known, blocks, callees);
    while (!known.checked() && found(known, blocks, live, callees)) {
      live = Liveness.of(known, blocks, callees);
    }
    return live;
  }

  private static boolean found(
      Knowledge known, List<Block> blocks, long[] liveIn, Liveness.Callees callees) {
    boolean found = false;
    for (Block block : blocks) {
      long live = 0;
      for (int successor : block.successors()) {
        live |= liveIn[successor];
      }
      int[] insns = insnsOf(known, block);
      for (int i = insns.length - 1; i >= 0; i--) {
        Op insn = known.insn(insns[i]);
        int register = Operands.defined(insn);
        long defined = register == Operands.NONE ? 0 : 1L << register;
        if (!known.isDead(insns[i]) && isPure(insn) && (live & defined) == 0) {
          known.kill(insns[i]);
          found = true;
        }
        live &= known.isDead(insns[i]) ? -1 : ~defined;
        live |= Operands.used(known, insns[i], callees.arguments(known, insns[i]));
      }
    }
    return found;
  }

  private static int[] insnsOf(Knowledge known, Block block) {
    int[] insns = new int[block.last() - block.first() + 1];
    int count = 0;
    for (int at = block.first(); at <= block.last() && known.isReached(at); at += known.step(at)) {
      insns[count++] = at;
    }
    return Arrays.copyOf(insns, count);
  }

  private static boolean isPure(Op insn) {
    int cls = insn.opcode() & 7;
    boolean loads = cls == Opcodes.LDX || insn.isLdImm64(); // proved: they cannot fail
    return loads || cls == Opcodes.ALU || cls == Opcodes.ALU64;
  }
}
