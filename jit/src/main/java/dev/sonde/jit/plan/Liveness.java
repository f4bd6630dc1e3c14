package dev.sonde.jit.plan;

import dev.sonde.vm.isa.Insn;
import java.util.List;

/** Which registers are read later: a set of bits by register at the start of each block. */
final class Liveness {
  private Liveness() {}

  static int[] of(Knowledge known, List<FlowGraph.Block> blocks, Callees callees) {
    int count = blocks.size();
    int[] used = new int[count];
    int[] defined = new int[count];
    for (FlowGraph.Block block : blocks) {
      summarize(known, block, callees, used, defined);
    }
    int[] live = used.clone();
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = count - 1; i >= 0; i--) {
        int out = 0;
        for (int successor : blocks.get(i).successors()) {
          out |= live[successor];
        }
        int in = used[i] | out & ~defined[i];
        changed |= in != live[i];
        live[i] = in;
      }
    }
    return live;
  }

  private static void summarize(
      Knowledge known, FlowGraph.Block block, Callees callees, int[] used, int[] defined) {
    int kills = 0;
    int reads = 0;
    int at = block.first();
    while (at <= block.last() && known.isReached(at)) {
      Insn insn = known.insn(at);
      reads |= Operands.used(known, at, callees.arguments(known, at)) & ~kills;
      int register = Operands.defined(insn);
      kills |= register == Operands.NONE ? 0 : 1 << register;
      at += insn.isLdImm64() ? 2 : 1;
    }
    used[block.index()] = reads;
    defined[block.index()] = kills;
  }

  /** Says what subprograms take. */
  interface Callees {
    /** Returns the argument registers of the function that begins at {@code entry}. */
    int argumentsOf(int entry);

    default int arguments(Knowledge known, int index) {
      return known.insn(index).isPseudoCall() ? argumentsOf(known.target(index)) : 0;
    }
  }
}
